package journeys

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// The definitions that every build holds.
const (
	IdentifierPassword = "identifier-password" // one page
	IdentifierFirst    = "identifier-first"    // two pages
	PasswordAgain      = "password-again"      // of whom the LoginHint names
	SignUp             = "sign-up"             // of whom has no account
)

// Definition is a journey: a graph of nodes. It never changes once it was
// published: a change is a new version, and executions stay with theirs.
type Definition struct {
	ID      string              `json:"id"`
	Version int                 `json:"version"`
	Start   string              `json:"start"` // the name of the first node
	Nodes   map[string]NodeSpec `json:"nodes"`
	// Accounts is the node that offers the accounts that the browser is signed
	// in to already; empty: there is none.
	Accounts string `json:"accounts,omitempty"`
}

// NodeSpec is one node of a definition.
type NodeSpec struct {
	Type string `json:"type"`
	// Edges name the next node for each outcome of the type. All must be there.
	Edges    map[string]string `json:"edges,omitempty"`
	Settings map[string]string `json:"settings,omitempty"`
}

// Defaults returns the definitions of this build, the default one first.
func Defaults() []Definition {
	success, failure := NodeSpec{Type: "success"}, NodeSpec{Type: "failure"}
	return []Definition{
		{
			ID: IdentifierPassword, Version: 1, Start: "sign_in", Accounts: "accounts",
			Nodes: map[string]NodeSpec{
				"accounts": {Type: "accounts", Edges: map[string]string{"another": "sign_in", "refused": "accounts"}},
				"sign_in":  {Type: "identifier_password", Edges: map[string]string{"proved": "done", "refused": "sign_in", "stopped": "stop", "accounts": "accounts"}},
				"done":     success, "stop": failure,
			},
		},
		{
			ID: IdentifierFirst, Version: 1, Start: "identify", Accounts: "accounts",
			Nodes: map[string]NodeSpec{
				"accounts": {Type: "accounts", Edges: map[string]string{"another": "identify", "refused": "accounts"}},
				"identify": {Type: "identifier", Edges: map[string]string{"named": "prove", "accounts": "accounts"}},
				"prove":    {Type: "password", Edges: map[string]string{"proved": "done", "refused": "prove", "stopped": "stop"}},
				"done":     success, "stop": failure,
			},
		},
		{
			ID: PasswordAgain, Version: 1, Start: "prove",
			Nodes: map[string]NodeSpec{
				"prove": {Type: "password", Edges: map[string]string{"proved": "done", "refused": "prove", "stopped": "stop"}},
				"done":  success, "stop": failure,
			},
		},
		{
			ID: SignUp, Version: 1, Start: "apply",
			Nodes: map[string]NodeSpec{
				"apply": {Type: "sign_up", Edges: map[string]string{"proved": "done", "refused": "apply"}},
				"done":  {Type: "enrol", Edges: map[string]string{"refused": "apply"}},
			},
		},
	}
}

// completing are the types of nodes that end a journey well.
var completing = []string{"success", "enrol"}

// validate finds every fault of a definition: unknown types, outcomes without
// an edge, edges without an outcome or a target, nodes that no path reaches,
// and a graph that never ends.
func (d Definition) validate(types map[string]Node) error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("journey %s version %d: "+format, append([]any{d.ID, d.Version}, args...)...))
	}
	if d.ID == "" || d.Version < 1 {
		fault("needs an id and a version from 1")
	}
	if _, ok := d.Nodes[d.Start]; !ok {
		fault("there is no start node %q", d.Start)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Nodes)) {
		d.validateNode(name, types, fault)
	}
	if _, ok := d.Nodes[d.Accounts]; d.Accounts != "" && !ok {
		fault("there is no accounts node %q", d.Accounts)
	}
	reached := d.reachable()
	for _, name := range slices.Sorted(maps.Keys(d.Nodes)) {
		if !reached[name] {
			fault("node %q cannot be reached", name)
		}
	}
	if !slices.ContainsFunc(slices.Collect(maps.Keys(reached)), func(n string) bool { return slices.Contains(completing, d.Nodes[n].Type) }) {
		fault("no path leads to a success")
	}
	return errors.Join(faults...)
}

func (d Definition) validateNode(name string, types map[string]Node, fault func(string, ...any)) {
	spec := d.Nodes[name]
	node, ok := types[spec.Type]
	if !ok {
		fault("node %q has the unknown type %q", name, spec.Type)
		return
	}
	outcomes := node.Outcomes()
	for _, outcome := range outcomes {
		if spec.Edges[outcome] == "" {
			fault("outcome %q of node %q leads nowhere", outcome, name)
		}
	}
	for outcome, target := range spec.Edges {
		if !slices.Contains(outcomes, outcome) {
			fault("node %q of type %q has no outcome %q", name, spec.Type, outcome)
		}
		if _, ok := d.Nodes[target]; target != "" && !ok {
			fault("outcome %q of node %q leads to %q, which is not there", outcome, name, target)
		}
	}
}

// reachable returns the nodes that a path from the start, or from the accounts,
// leads to.
func (d Definition) reachable() map[string]bool {
	seen := map[string]bool{}
	next := []string{d.Start, d.Accounts}
	for len(next) > 0 {
		name := next[0]
		next = next[1:]
		if _, ok := d.Nodes[name]; !ok || seen[name] {
			continue
		}
		seen[name] = true
		next = slices.AppendSeq(next, maps.Values(d.Nodes[name].Edges))
	}
	return seen
}
