// Judges resources as the tools of GitOps do, with their own libraries: `judge kstatus|flux|argocd`,
// and dashboards by Grafana's own schema: `judge grafana`.
//
// A JSON list of resources comes on stdin, a JSON list of verdicts goes to stdout.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

type verdict struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

type judge func(json.RawMessage) (verdict, error)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "judge:", err)
		os.Exit(1)
	}
}

func run() error {
	say, err := choose(os.Args[1:])
	if err != nil {
		return err
	}
	var resources []json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&resources); err != nil {
		return err
	}
	verdicts := []verdict{}
	for _, raw := range resources {
		said, err := say(raw)
		if err != nil {
			return err
		}
		verdicts = append(verdicts, said)
	}
	return json.NewEncoder(os.Stdout).Encode(verdicts)
}

func choose(arguments []string) (judge, error) {
	switch {
	case len(arguments) == 1 && arguments[0] == "kstatus":
		return of(kstatus), nil
	case len(arguments) == 1 && arguments[0] == "grafana":
		plugins.RegisterDefaultPlugins()
		return grafana, nil
	case len(arguments) == 2 && arguments[0] == "flux":
		return flux(arguments[1])
	case len(arguments) == 2 && arguments[0] == "argocd":
		return argocd(arguments[1])
	}
	return nil, fmt.Errorf("use: judge kstatus | flux EXPRESSIONS.json | argocd HEALTH.lua | grafana")
}

// of reads a resource; whole numbers stay whole.
func of(say func(*unstructured.Unstructured) (verdict, error)) judge {
	return func(raw json.RawMessage) (verdict, error) {
		resource := &unstructured.Unstructured{}
		if err := resource.UnmarshalJSON(raw); err != nil {
			return verdict{}, err
		}
		return say(resource)
	}
}

// Unknown fields and wrong types are refused, those of each panel's plugin among them.
func grafana(raw json.RawMessage) (verdict, error) {
	made := dashboard.Dashboard{}
	for _, err := range []error{made.UnmarshalJSONStrict(raw), made.Validate()} {
		if err != nil && err.Error() != "" { // the SDK answers with a list that may hold nothing
			return verdict{"Invalid", err.Error()}, nil
		}
	}
	return verdict{"Valid", ""}, nil
}

func kstatus(resource *unstructured.Unstructured) (verdict, error) {
	said, err := status.Compute(resource)
	if err != nil {
		return verdict{}, err
	}
	return verdict{said.Status.String(), said.Message}, nil
}

func flux(path string) (judge, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	expressions := &kustomize.HealthCheckExpressions{}
	if err := json.Unmarshal(text, expressions); err != nil {
		return nil, err
	}
	evaluator, err := cel.NewStatusEvaluator(expressions)
	if err != nil {
		return nil, err
	}
	return of(func(resource *unstructured.Unstructured) (verdict, error) {
		said, err := evaluator.Evaluate(context.Background(), resource)
		if err != nil {
			return verdict{}, err
		}
		return verdict{said.Status.String(), said.Message}, nil
	}), nil
}

// Argo CD's own way: gopher-lua with the libraries that it opens by default, the resource in `obj`.
func argocd(path string) (judge, error) {
	script, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return of(func(resource *unstructured.Unstructured) (verdict, error) {
		state := lua.NewState(lua.Options{SkipOpenLibs: true})
		defer state.Close()
		for name, open := range map[string]lua.LGFunction{
			lua.LoadLibName: lua.OpenPackage, lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable,
		} {
			state.Push(state.NewFunction(open))
			state.Push(lua.LString(name))
			if err := state.PCall(1, 0, nil); err != nil {
				return verdict{}, err
			}
		}
		state.SetGlobal("obj", value(state, resource.Object))
		if err := state.DoString(string(script)); err != nil {
			return verdict{}, err
		}
		health, ok := state.Get(-1).(*lua.LTable)
		if !ok {
			return verdict{}, fmt.Errorf("the script returned %s, not a table", state.Get(-1).Type())
		}
		message := ""
		if found, ok := health.RawGetString("message").(lua.LString); ok {
			message = string(found)
		}
		return verdict{health.RawGetString("status").String(), message}, nil
	}), nil
}

func value(state *lua.LState, plain any) lua.LValue {
	switch typed := plain.(type) {
	case bool:
		return lua.LBool(typed)
	case float64:
		return lua.LNumber(typed)
	case int64:
		return lua.LNumber(typed)
	case string:
		return lua.LString(typed)
	case []any:
		table := state.CreateTable(len(typed), 0)
		for _, each := range typed {
			table.Append(value(state, each))
		}
		return table
	case map[string]any:
		table := state.CreateTable(0, len(typed))
		for key, each := range typed {
			table.RawSetString(key, value(state, each))
		}
		return table
	}
	return lua.LNil
}
