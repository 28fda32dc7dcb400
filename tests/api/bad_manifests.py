"""The one table of bad manifests: who refuses each, and what the message must say.

`server` rows are refused by the API server and by `problems`, which executes
the same CRD; `visit` rows are accepted by both and refused by `visit`. A
message names the field, the value and the mend.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from tests.api.manifests import (
    HUGE,
    Change,
    append,
    boolean,
    both,
    double,
    drop,
    minimize,
    put,
)


class Bad(NamedTuple):
    name: str
    change: Change
    by: Literal["server", "visit"]
    says: tuple[str, ...]


def server(name: str, change: Change, *says: str) -> Bad:
    return Bad(name, change, "server", says)


def visit(name: str, change: Change, *says: str) -> Bad:
    return Bad(name, change, "visit", says)


P = "spec.parameters"
STAGES = "spec.search.stages"
POD = "spec.template.spec"
TRIAL = "spec.template.spec.containers[0]"
INITIAL = "spec.initialTrials[0].parameters"

NUMBERS = [
    server("min is max", put(f"{P}[1].min", 512), f"{P}[1].min", "512", "units", "swap"),
    server("min is above max", put(f"{P}[0].min", 2), f"{P}[0].min", "min 2", "max 0.1", "swap"),
    server("a log scale from 0", put(f"{P}[0].min", 0), f"{P}[0].min", "log scale", "0", "greater than 0"),
    server("a log scale from below 0", put(f"{P}[0].min", -1), f"{P}[0].min", "-1", "scale linear"),
    server(
        "a step larger than the range", put(f"{P}[1].step", 500), f"{P}[1].step", "500", "480|512", "smaller"
    ),
    server("a step of 0", put(f"{P}[1].step", 0), f"{P}[1].step", "0", "greater than 0"),
    server("a step below 0", put(f"{P}[1].step", -32), f"{P}[1].step", "-32", "greater than 0"),
    server("an int's min between whole numbers", put(f"{P}[1].min", 32.5), f"{P}[1].min", "32.5", "round"),
    server("an int's max between whole numbers", put(f"{P}[6].max", 2.75), f"{P}[6].max", "2.75", "round"),
    server("an int's step between whole numbers", put(f"{P}[1].step", 0.5), f"{P}[1].step", "0.5", "round"),
    server(
        "an int beyond 2^53", put(f"{P}[6].max", 2**53 + 2), f"{P}[6].max", "2^53", "make the type double"
    ),
    server(
        "an int beyond 64 bits", put(f"{P}[6].max", 1e300), f"{P}[6].max", "1e+300", "make the type double"
    ),
    server("1e400", put(f"{P}[0].max", HUGE), "1e400"),
    server(
        "a number in quotes", put(f"{P}[0].max", "0.1"), f"{P}[0].max", "string", "must be of type number"
    ),
    server(
        "a number twice", put(f"{P}[2].numbers", [32, 32.0]), f"{P}[2].numbers", "32", "batch_size", "remove"
    ),
    server("no numbers", put(f"{P}[2].numbers", []), f"{P}[2].numbers", "at least 1 items"),
    server(
        "65 numbers", put(f"{P}[2].numbers", list(range(65))), f"{P}[2].numbers", "65", "at most 64 items"
    ),
    server(
        "null among the numbers", put(f"{P}[2].numbers", [1, None]), f"{P}[2].numbers[1]", "null", "number"
    ),
]

PARAMETERS = [
    server("no parameters", put(P, []), P, "at least 1 items"),
    server("1,000 parameters", put(P, [boolean(f"p{i}") for i in range(1000)]), P, "1000", "at most 64"),
    server("a parameter that is null", append(P, None), f"{P}[8]", "null", "must be of type object"),
    server("two parameters of one name", append(P, double("units")), f"{P}[8]", "Duplicate value", "units"),
    server("a parameter without a name", drop(f"{P}[0].name"), f"{P}[0].name", "Required value"),
    server("a parameter without a type", drop(f"{P}[4].type"), f"{P}[4].type", "Required value"),
    server("a type that is none", put(f"{P}[0].type", "float"), f"{P}[0].type", '"float"', '"double"'),
    server(
        "a name no variable can have",
        put(f"{P}[0].name", "learning-rate"),
        f"{P}[0].name",
        "learning-rate",
        "match",
    ),
    server("a name that begins with a digit", put(f"{P}[0].name", "1st"), f"{P}[0].name", "1st", "match"),
    server("a name with a newline at its end", put(f"{P}[0].name", "lr\n"), f"{P}[0].name", "match"),
    server(
        "a parameter's name of 64 characters", put(f"{P}[0].name", "a" * 64), f"{P}[0].name", "Too long", "63"
    ),
    server("a double without max", drop(f"{P}[0].max"), f"{P}[0].max", "learning_rate", "no max", "add max"),
    server("an int without min", drop(f"{P}[1].min"), f"{P}[1].min", "units", "no min", "add min"),
    server(
        "a discrete without numbers", drop(f"{P}[2].numbers"), f"{P}[2].numbers", "batch_size", "add numbers"
    ),
    server(
        "a categorical without values", drop(f"{P}[3].values"), f"{P}[3].values", "optimizer", "add values"
    ),
    server("a bool with min", put(f"{P}[4].min", 0), f"{P}[4].min", "augment", "bool", "remove min"),
    server("a categorical with max", put(f"{P}[3].max", 1), f"{P}[3].max", "optimizer", "remove max"),
    server("a discrete with step", put(f"{P}[2].step", 1), f"{P}[2].step", "batch_size", "remove step"),
    server("a bool on a log scale", put(f"{P}[4].scale", "log"), f"{P}[4].scale", "augment", "remove scale"),
    server(
        "a double with numbers", put(f"{P}[0].numbers", [1]), f"{P}[0].numbers", "learning_rate", "remove"
    ),
    server(
        "a bool with values", put(f"{P}[4].values", ["true"]), f"{P}[4].values", "augment", "remove values"
    ),
    server("an ordered bool", put(f"{P}[4].ordered", True), f"{P}[4].ordered", "augment", "remove ordered"),
    server("a scale that is none", put(f"{P}[0].scale", "log10"), f"{P}[0].scale", '"log10"', '"log"'),
    server(
        "a value twice",
        put(f"{P}[3].values", ["adam", "sgd", "adam"]),
        f"{P}[3].values",
        "adam",
        "remove one",
    ),
    server(
        "a value that is no string",
        put(f"{P}[3].values", ["adam", 1]),
        f"{P}[3].values[1]",
        "integer",
        "string",
    ),
    server(
        "null among the values", put(f"{P}[3].values", ["sgd", None]), f"{P}[3].values[1]", "null", "string"
    ),
    server("a value of 65 characters", put(f"{P}[3].values", ["sgd", "x" * 65]), f"{P}[3].values[1]", "64"),
    server("a misspelt field of a parameter", put(f"{P}[0].minimum", 1), "unknown field", f"{P}[0].minimum"),
]

WHEN = [
    server(
        "when names nothing",
        put(f"{P}[5].when.parameter", "optimiser"),
        P,
        "momentum",
        "optimiser",
        "name one",
    ),
    server(
        "when names itself", put(f"{P}[5].when.parameter", "momentum"), P, "momentum", "no other parameter"
    ),
    server(
        "a circle of two",
        append(
            P,
            boolean("a", when={"parameter": "b", "in": ["true"]}),
            boolean("b", when={"parameter": "a", "in": ["true"]}),
        ),
        P,
        "circle",
        '"a", "b"',
        "remove one when",
    ),
    server(
        "a circle of 56",
        append(
            P, *(boolean(f"c{i}", when={"parameter": f"c{(i + 1) % 56}", "in": ["true"]}) for i in range(56))
        ),
        P,
        "circle",
        "remove one when",
    ),
    server(
        "when asks for nothing",
        put(f"{P}[5].when", {"parameter": "optimizer"}),
        f"{P}[5].when",
        "optimizer",
        "add",
    ),
    server(
        "when asks in two ways",
        put(f"{P}[7].when.in", ["3"]),
        f"{P}[7].when",
        "num_layers",
        "mixture",
        "remove",
    ),
    server(
        "`in` of a number",
        put(f"{P}[7].when", {"parameter": "units", "in": ["32"]}),
        P,
        "units_2",
        "min and max",
    ),
    server(
        "min of a categorical",
        put(f"{P}[5].when", {"parameter": "optimizer", "min": 1}),
        P,
        "momentum",
        "use `in`",
    ),
    server(
        "a value that the other never has",
        put(f"{P}[5].when.in", ["sdg"]),
        P,
        "momentum",
        "sdg",
        "own values",
    ),
    server(
        "a bool asked for yes",
        append(P, boolean("b", when={"parameter": "augment", "in": ["yes"]})),
        P,
        "yes",
        '"true"',
    ),
    server(
        "a number that the other never reaches",
        put(f"{P}[7].when.min", 4),
        P,
        "units_2",
        "num_layers",
        "range",
    ),
    server(
        "a number between those of a discrete",
        append(P, boolean("b", when={"parameter": "batch_size", "min": 65, "max": 127})),
        P,
        "batch_size",
        "never has",
        "range",
    ),
    server(
        "when from above to below", put(f"{P}[7].when.max", 1), f"{P}[7].when.min", "min 3", "max 1", "swap"
    ),
    server(
        "17 values asked for", put(f"{P}[5].when.in", ["sgd"] * 17), f"{P}[5].when.in", "17", "at most 16"
    ),
    server("no values asked for", put(f"{P}[5].when.in", []), f"{P}[5].when.in", "at least 1 items"),
]

OBJECTIVES = [
    server("no objectives", drop("spec.objectives"), "spec.objectives", "Required value"),
    server(
        "five objectives",
        append("spec.objectives", *(minimize(f"m{i}") for i in range(4))),
        "spec.objectives",
        "5",
        "at most 4",
    ),
    server(
        "two objectives of one metric",
        append("spec.objectives", minimize("val_accuracy")),
        "spec.objectives",
        "val_accuracy",
        "remove one",
    ),
    server("a goal that is none", put("spec.objectives[0].goal", "max"), "goal", '"max"', '"Maximize"'),
    server(
        "a metric with a blank",
        put("spec.objectives[0].metric", "val accuracy"),
        "metric",
        "val accuracy",
        "match",
    ),
    server(
        "an empty metric",
        put("spec.objectives[0].metric", ""),
        "spec.objectives[0].metric",
        "at least 1 chars",
    ),
    server("a target that is text", put("spec.objectives[0].target", "high"), "target", "string", "number"),
]

SEARCH = [
    server(
        "an algorithm that is none",
        put(f"{STAGES}[0].algorithm", "Anneal"),
        f"{STAGES}[0].algorithm",
        '"Anneal"',
        '"Random"',
    ),
    server("no stages", put(STAGES, []), STAGES, "at least 1 items"),
    server("nine stages", put(STAGES, [{"algorithm": "Random"}] * 9), STAGES, "9", "at most 8"),
    server(
        "an open stage that is not the last", drop(f"{STAGES}[0].trials"), STAGES, "stage 1", "add trials"
    ),
    server(
        "a stage of 0 trials",
        put(f"{STAGES}[0].trials", 0),
        f"{STAGES}[0].trials",
        "0",
        "greater than or equal to 1",
    ),
    server(
        "stages that leave nothing to the last",
        put(f"{STAGES}[0].trials", 64),
        STAGES,
        "64",
        "trials.max",
        "below",
    ),
    server("stages that add up to less", put(f"{STAGES}[1].trials", 8), STAGES, "24", "64", "leave trials"),
    server(
        "stages that add up to more", put(f"{STAGES}[1].trials", 100), STAGES, "116", "64", "leave trials"
    ),
    server(
        "a seed below 0", put("spec.search.seed", -1), "spec.search.seed", "-1", "greater than or equal to 0"
    ),
    server("a seed of 2^31", put("spec.search.seed", 2**31), "spec.search.seed", "less than or equal to"),
    server(
        "initial trials within the search",
        put("spec.search.initialTrials", [{"parameters": {}}]),
        "unknown field",
        "spec.search.initialTrials",
    ),
    server(
        "more initial trials than trials",
        both(
            put("spec.initialTrials", [{"parameters": {}}] * 20),
            put("spec.trials.max", 18),
        ),
        "spec.initialTrials",
        "20",
        "18",
        "raise trials.max",
    ),
]

ALGORITHMS = [
    server(
        "options of another algorithm",
        put(f"{STAGES}[0].bayesian", {"surrogate": "GP"}),
        f"{STAGES}[0].bayesian",
        "Random",
        "remove bayesian",
    ),
    server(
        "NSGA2's options for PESA2",
        put(f"{STAGES}[1]", {"algorithm": "PESA2", "nsga2": {"population": 10}}),
        f"{STAGES}[1].nsga2",
        "PESA2",
        "remove nsga2",
    ),
    server(
        "PESA2's options for NSGA2",
        put(f"{STAGES}[1]", {"algorithm": "NSGA2", "pesa2": {}}),
        f"{STAGES}[1].pesa2",
        "NSGA2",
        "remove pesa2",
    ),
    server(
        "a surrogate that is none",
        put(f"{STAGES}[1].bayesian", {"surrogate": "Forest"}),
        f"{STAGES}[1].bayesian.surrogate",
        '"Forest"',
        '"RandomForest"',
    ),
    server(
        "an acquisition that is none",
        put(f"{STAGES}[1].bayesian", {"acquisition": "UCB"}),
        f"{STAGES}[1].bayesian.acquisition",
        '"UCB"',
        '"LCB"',
    ),
    server(
        "a misspelt option",
        put(f"{STAGES}[1].bayesian", {"kernel": "RBF"}),
        "unknown field",
        f"{STAGES}[1].bayesian.kernel",
    ),
    server(
        "a population of 3",
        put(f"{STAGES}[1]", {"algorithm": "NSGA2", "nsga2": {"population": 3}}),
        f"{STAGES}[1].nsga2.population",
        "3",
        "greater than or equal to 4",
    ),
    server(
        "a population of 201",
        put(f"{STAGES}[1]", {"algorithm": "PESA2", "pesa2": {"population": 201}}),
        f"{STAGES}[1].pesa2.population",
        "201",
        "less than or equal to 200",
    ),
    server(
        "CMAES with parameters that are no numbers",
        put(f"{STAGES}[1].algorithm", "CMAES"),
        STAGES,
        "CMAES",
        '"optimizer", "augment", "momentum", "units_2"',
        "remove them, or use TPE",
    ),
    server(
        "CMAES with two objectives",
        both(
            put(P, [double("x")]),
            put("spec.search", {"stages": [{"algorithm": "CMAES"}]}),
            append("spec.objectives", minimize("bytes")),
        ),
        STAGES,
        "2 objectives",
        "CMAES",
        "NSGA2",
    ),
    server(
        "OneAtATime with two objectives",
        both(put(f"{STAGES}[1].algorithm", "OneAtATime"), append("spec.objectives", minimize("bytes"))),
        STAGES,
        "2 objectives",
        "OneAtATime",
        "leave one objective",
    ),
]

NARROW = [
    server(
        "the first stage narrows",
        put(f"{STAGES}[0].narrow", {"keep": 0.25}),
        STAGES,
        "stage 1",
        "0.25",
        "remove narrow",
    ),
    server(
        "narrow keeps nothing",
        put(f"{STAGES}[1].narrow", {"keep": 0}),
        f"{STAGES}[1].narrow.keep",
        "0",
        "greater than 0",
    ),
    server(
        "narrow keeps more than all",
        put(f"{STAGES}[1].narrow", {"keep": 1.5}),
        f"{STAGES}[1].narrow.keep",
        "1.5",
        "less than or equal to 1",
    ),
    server(
        "narrow without keep",
        put(f"{STAGES}[1].narrow", {"freeze": 0.1}),
        f"{STAGES}[1].narrow.keep",
        "Required value",
    ),
    server(
        "narrow freezes everything",
        put(f"{STAGES}[1].narrow", {"keep": 0.5, "freeze": 1}),
        f"{STAGES}[1].narrow.freeze",
        "1",
        "less than 1",
    ),
    server(
        "narrow freezes below nothing",
        put(f"{STAGES}[1].narrow", {"keep": 0.5, "freeze": -0.5}),
        f"{STAGES}[1].narrow.freeze",
        "-0.5",
        "greater than or equal to 0",
    ),
    server(
        "narrow with two objectives",
        both(put(f"{STAGES}[1].narrow", {"keep": 0.25}), append("spec.objectives", minimize("bytes"))),
        STAGES,
        "2 objectives",
        "0.25",
        "remove narrow",
    ),
]

CONSTRAINTS = [
    server(
        "a constraint that allows everything",
        put("spec.constraints", [{"metric": "bytes"}]),
        "spec.constraints[0]",
        "bytes",
        "add min, max or both",
    ),
    server(
        "a constraint that allows nothing",
        put("spec.constraints", [{"metric": "bytes", "min": 3, "max": 2}]),
        "spec.constraints[0].min",
        "min 3",
        "max 2",
        "bytes",
        "swap",
    ),
    server(
        "two constraints on one metric",
        put("spec.constraints", [{"metric": "bytes", "min": 1}, {"metric": "bytes", "max": 2}]),
        "spec.constraints",
        "bytes",
        "make them one",
    ),
    server(
        "17 constraints",
        put("spec.constraints", [{"metric": f"m{i}", "max": 1} for i in range(17)]),
        "spec.constraints",
        "17",
        "at most 16",
    ),
    server(
        "a constraint without a metric",
        put("spec.constraints", [{"max": 1}]),
        "spec.constraints[0].metric",
        "Required value",
    ),
    server(
        "a constraint on a metric with a blank",
        put("spec.constraints", [{"metric": "model bytes", "max": 1}]),
        "spec.constraints[0].metric",
        "model bytes",
        "match",
    ),
    server(
        "a bound in quotes",
        put("spec.constraints", [{"metric": "bytes", "max": "1e6"}]),
        "spec.constraints[0].max",
        "string",
        "must be of type number",
    ),
]

TRIALS = [
    server("no trials", drop("spec.trials"), "spec.trials", "Required value"),
    server("0 trials", put("spec.trials.max", 0), "spec.trials.max", "0", "greater than or equal to 1"),
    server("10,001 trials", put("spec.trials.max", 10_001), "spec.trials.max", "10001", "10000"),
    server(
        "half a trial", put("spec.trials.max", 64.5), "spec.trials.max", "number", "must be of type integer"
    ),
    server(
        "0 in parallel",
        put("spec.trials.parallel", 0),
        "spec.trials.parallel",
        "0",
        "greater than or equal to 1",
    ),
    server(
        "fewer than no failures",
        put("spec.trials.maxFailed", -1),
        "spec.trials.maxFailed",
        "-1",
        "equal to 0",
    ),
    server("a timeout of 0", put("spec.trials.timeoutSeconds", 0), "timeoutSeconds", "0", "equal to 1"),
    server(
        "a timeout with a unit",
        put("spec.trials.timeoutSeconds", "1h"),
        "timeoutSeconds",
        "string",
        "integer",
    ),
]

TEMPLATE = [
    server("no template", drop("spec.template"), "spec.template", "Required value"),
    server("a template without a spec", put("spec.template", {}), "spec.template.spec", "Required value"),
    server("no container", put(f"{POD}.containers", []), f"{POD}.containers", "at least 1 items"),
    server(
        "no container named trial",
        put(f"{TRIAL}.name", "main"),
        f"{POD}.containers",
        '"main"',
        "name the one",
    ),
    server(
        "two containers named trial",
        put(f"{POD}.containers[1].name", "trial"),
        "containers[1]",
        "Duplicate",
        "trial",
    ),
    server(
        "a misspelt field deep in the template",
        put(f"{TRIAL}.resources.limit", {}),
        "unknown field",
        f"{TRIAL}.resources.limit",
    ),
    server(
        "a misspelt policy",
        put(f"{TRIAL}.imagePullPolicy", "Allways"),
        "imagePullPolicy",
        '"Allways"',
        '"Always"',
    ),
    server(
        "memory in no unit", put(f"{TRIAL}.resources.limits.memory", "4GB"), "limits.memory", "4GB", "match"
    ),
    server(
        "half a processor as a number",
        put(f"{TRIAL}.resources.limits.cpu", 0.5),
        "limits.cpu",
        "number",
        "string",
    ),
    server(
        "a variable that is a number",
        put(f"{TRIAL}.env[0].value", 1),
        f"{TRIAL}.env[0].value",
        "integer",
        "string",
    ),
    server(
        "a variable of the operator's",
        put(f"{TRIAL}.env[0].name", "TUNING_SEED"),
        "TUNING_SEED",
        "another name",
    ),
    server(
        "a pod that restarts",
        put(f"{POD}.restartPolicy", "OnFailure"),
        f"{POD}.restartPolicy",
        "OnFailure",
        "Never",
    ),
    server(
        "a port that is text",
        put(f"{TRIAL}.ports[0].containerPort", "http"),
        "containerPort",
        "string",
        "integer",
    ),
    server(
        "null among the arguments", put(f"{TRIAL}.args", ["--lr", None]), f"{TRIAL}.args[1]", "null", "string"
    ),
    server(
        "a label of the operator's",
        put("spec.template.metadata.labels", {"tuning.dev/job": "x"}),
        "spec.template.metadata.labels",
        "tuning.dev/job",
        "other names",
    ),
    server(
        "a name for the pod",
        put("spec.template.metadata.name", "x"),
        "unknown field",
        "spec.template.metadata.name",
    ),
]

REST = [
    server(
        "a relative path",
        put("spec.artifacts.path", "artifacts"),
        "spec.artifacts.path",
        "artifacts",
        "begin it with /",
    ),
    server(
        "a path that climbs",
        put("spec.artifacts.path", "/a/../b"),
        "spec.artifacts.path",
        "/a/../b",
        "write the path out",
    ),
    server("an empty path", put("spec.artifacts.path", ""), "spec.artifacts.path", "at least 1 chars"),
    server(
        "a source that does not work yet",
        put("spec.metrics.source", "Log"),
        "spec.metrics.source",
        '"Log"',
        '"Scrape"',
    ),
    server("retain in lower case", put("spec.retain", "best"), "spec.retain", '"best"', '"Best"'),
    server(
        "a time to live below 0",
        put("spec.ttlSecondsAfterFinished", -1),
        "ttlSecondsAfterFinished",
        "-1",
        "0",
    ),
    server("suspend in quotes", put("spec.suspend", "true"), "spec.suspend", "string", "boolean"),
    server("a budget", put("spec.budget", {"durationSeconds": 60}), "unknown field", "spec.budget"),
    server(
        "early stopping",
        put("spec.earlyStopping", {"algorithm": "ASHA"}),
        "unknown field",
        "spec.earlyStopping",
    ),
    server("a warm start", put("spec.warmStart", {"from": ["a"]}), "unknown field", "spec.warmStart"),
    server(
        "a final evaluation",
        put("spec.finalEvaluation", {"enabled": True}),
        "unknown field",
        "finalEvaluation",
    ),
    server("repeats", put("spec.trials.repeats", 2), "unknown field", "spec.trials.repeats"),
    server("an unknown field at the top", put("specs", {}), "unknown field", '"specs"'),
    server("no spec", drop("spec"), "spec", "Required value"),
    server("a spec that is a list", put("spec", []), "spec", "array", "object"),
    server(
        "a name of 53 characters",
        put("metadata.name", "a" * 53),
        "metadata.name",
        "53",
        "at most 52",
        "shorten",
    ),
    server("a name with a dot", put("metadata.name", "digits.v2"), "metadata.name", "digits.v2", "no dot"),
    server("a name in capitals", put("metadata.name", "Digits"), "metadata.name", "Digits", "lower"),
    server(
        "a prefix too long for a generated name",
        put("metadata", {"generateName": "a" * 48}),
        "metadata.name",
        "53",
        "shorten",
    ),
]

VISIT = [
    visit(
        "more steps than can be counted",
        put(f"{P}[2]", {"name": "batch_size", "type": "double", "min": 1, "max": 1e300, "step": 1e-9}),
        f"{P}[2].step",
        "1e-09",
        "from 1 to 1e+300",
        "make it larger, or remove it",
    ),
    visit(
        "an initial trial without a parameter",
        drop(f"{INITIAL}.units"),
        f"{INITIAL}.units",
        "missing",
        "add a value",
    ),
    visit(
        "an initial trial of null",
        put(f"{INITIAL}.units", None),
        f"{INITIAL}.units",
        "missing",
        "add a value",
    ),
    visit(
        "an initial trial's unknown parameter", put(f"{INITIAL}.lr", 0.1), f"{INITIAL}.lr", "0.1", "remove it"
    ),
    visit(
        "a parameter that does not exist there",
        put(f"{INITIAL}.momentum", 0.9),
        "momentum",
        "0.9",
        "['sgd']",
        "remove",
    ),
    visit(
        "a parameter that only then exists",
        put(f"{INITIAL}.optimizer", "sgd"),
        f"{INITIAL}.momentum",
        "missing",
        "add",
    ),
    visit(
        "an initial trial above max",
        put(f"{INITIAL}.learning_rate", 1),
        "learning_rate",
        "1",
        "from 1e-05 to 0.1",
    ),
    visit(
        "an initial trial below min", put(f"{INITIAL}.units", 0), f"{INITIAL}.units", "0", "from 32 to 512"
    ),
    visit(
        "an initial trial between the steps",
        put(f"{INITIAL}.units", 100),
        f"{INITIAL}.units",
        "100",
        "step 32",
        "96",
    ),
    visit("an initial trial's half int", put(f"{INITIAL}.num_layers", 1.5), "num_layers", "1.5", "round"),
    visit(
        "an initial trial's number in quotes",
        put(f"{INITIAL}.units", "128"),
        "units",
        '"128"',
        "write a number",
    ),
    visit(
        "an initial trial's number that is true",
        put(f"{INITIAL}.units", True),
        "units",
        "true",
        "write a number",
    ),
    visit(
        "an initial trial's other number",
        put(f"{INITIAL}.batch_size", 48),
        "batch_size",
        "48",
        "[32.0, 64.0, 128.0]",
    ),
    visit(
        "an initial trial's other value",
        put(f"{INITIAL}.optimizer", "Adam"),
        "optimizer",
        '"Adam"',
        '"adamw"',
    ),
    visit(
        "an initial trial's value that is a number",
        put(f"{INITIAL}.optimizer", 1),
        "optimizer",
        "1",
        '"adamw"',
    ),
    visit(
        "an initial trial's bool in quotes",
        put(f"{INITIAL}.augment", "true"),
        "augment",
        '"true"',
        "true or false",
    ),
    visit(
        "an initial trial's list",
        put(f"{INITIAL}.units", [128, None]),
        "units",
        "[128, null]",
        "write a number",
    ),
    visit(
        "an initial trial's object",
        put(f"{INITIAL}.augment", {"on": None}),
        "augment",
        '{"on": null}',
        "true or false",
    ),
]

TABLE = [
    *NUMBERS,
    *PARAMETERS,
    *WHEN,
    *OBJECTIVES,
    *SEARCH,
    *ALGORITHMS,
    *NARROW,
    *CONSTRAINTS,
    *TRIALS,
    *TEMPLATE,
    *REST,
    *VISIT,
]
