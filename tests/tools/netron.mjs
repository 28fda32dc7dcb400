// What Netron makes of a file, as JSON: its format, and the kinds of its graph's nodes.
//
//     node netron.mjs NETRON FILE
//
// NETRON: the directory of its package's scripts, beside a package.json that says they are modules.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [netron, file] = process.argv.slice(2);
const script = (name) => import(pathToFileURL(path.join(netron, `${name}.js`)));
const base = await script('base');
const view = await script('view');

// What Netron's page is to its own code.
const host = { require: script, exception: (error) => { throw error; } };
const context = { identifier: path.basename(file), stream: new base.BinaryStream(await readFile(file)) };

const model = await new view.ModelFactoryService(host).open(context);
const [graph] = model.modules;
console.log(JSON.stringify({ format: model.format, kinds: graph.nodes.map((node) => node.type.name) }));
