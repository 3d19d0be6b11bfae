package journeys_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/seal"
	"gatehouse/journeys"
	"gatehouse/journeys/prompt"
	"gatehouse/reason"
	"gatehouse/store"
)

// asking is a node that asks one thing and goes where the value says.
type asking struct {
	outcomes []string
	step     string
}

func (n asking) Outcomes() []string { return n.outcomes }

func (n asking) Ask(_ context.Context, _ store.Tenant, x *journeys.Execution) (prompt.Prompt, error) {
	return prompt.Prompt{
		Step: n.step,
		Inputs: []prompt.Input{
			{Ref: "a", Name: "answer", Purpose: prompt.ForUsername, Required: true, MaxLength: 20, Value: x.Identifier},
			{Ref: "b", Name: "more"},
		},
		Actions: []prompt.Action{{Ref: "go", Event: prompt.Submit, Primary: true}},
	}, nil
}

func (n asking) Take(_ context.Context, _ store.Tenant, x *journeys.Execution, s journeys.Submission) (journeys.Verdict, error) {
	x.Identifier = s.Inputs["answer"]
	if s.Inputs["answer"] == "wrong" {
		return journeys.Verdict{Outcome: "again", Refusal: reason.New(reason.PasswordWrong).After(30 * time.Second), Reference: "7K4-Q2M"}, nil
	}
	return journeys.Verdict{Outcome: n.outcomes[0]}, nil
}

// ending completes, or asks a last thing.
type ending struct{ step string }

func (ending) Outcomes() []string { return nil }

func (n ending) Ask(context.Context, store.Tenant, *journeys.Execution) (prompt.Prompt, error) {
	return prompt.Prompt{Step: n.step}, nil
}

func (n ending) Take(_ context.Context, _ store.Tenant, x *journeys.Execution, _ journeys.Submission) (journeys.Verdict, error) {
	return journeys.Verdict{Complete: &journeys.Outcome{Subject: x.Identifier, ReturnTo: x.Need.ReturnTo}}, nil
}

// proving claims a proof although another question follows.
type proving struct{ asking }

func (n proving) Take(_ context.Context, _ store.Tenant, x *journeys.Execution, _ journeys.Submission) (journeys.Verdict, error) {
	x.Proof = &journeys.Proof{}
	return journeys.Verdict{Outcome: n.outcomes[0]}, nil
}

var types = map[string]journeys.Node{
	"first":   asking{[]string{"on", "again"}, "first"},
	"second":  asking{[]string{"on", "again"}, "second"},
	"proving": proving{asking{[]string{"on"}, "proving"}},
	"success": ending{},
	"failure": ending{"ended"},
}

func twoSteps(version int) journeys.Definition {
	return journeys.Definition{ID: "two", Version: version, Start: "one", Nodes: map[string]journeys.NodeSpec{
		"one":  {Type: "first", Edges: map[string]string{"on": "two", "again": "one"}},
		"two":  {Type: "second", Edges: map[string]string{"on": "done", "again": "two"}},
		"done": {Type: "success"},
	}}
}

// house is an engine with a clock that stands still.
type house struct {
	*journeys.Engine
	now    time.Time
	tenant store.Tenant
}

func build(t *testing.T, definitions ...journeys.Definition) *house {
	t.Helper()
	k, err := seal.New(seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	h := &house{now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), tenant: (*store.DB)(nil).Tenant("acme")}
	h.Engine, err = journeys.New(journeys.Options{Nodes: types, Definitions: definitions, K: k, Now: func() time.Time { return h.now }})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) start(t *testing.T, need journeys.Need) string {
	t.Helper()
	if need.Browser == "" {
		need.Browser = "browser"
	}
	id, err := h.Start(t.Context(), h.tenant, need)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (h *house) send(t *testing.T, id, answer string) journeys.Step {
	t.Helper()
	step, err := h.Advance(t.Context(), h.tenant, id, journeys.Browser{ID: "browser"}, journeys.Submission{Inputs: map[string]string{"answer": answer}})
	if err != nil {
		t.Fatal(err)
	}
	return step
}

func TestExecutionWalksToItsOutcome(t *testing.T) {
	h := build(t, twoSteps(1))
	id := h.start(t, journeys.Need{ReturnTo: "request", LoginHint: "ada"})
	if _, p, err := h.Open(t.Context(), h.tenant, id, journeys.Browser{ID: "browser"}); err != nil || p.Step != "first" || p.Inputs[0].Value != "ada" || p.CanGoBack {
		t.Fatalf("begins with %+v, %v", p, err)
	}
	step := h.send(t, id, "ada")
	if step.Prompt.Step != "second" || step.Outcome != nil || !step.Prompt.CanGoBack {
		t.Fatalf("goes on with %+v", step)
	}
	step = h.send(t, step.ExecutionID, "ada")
	if step.Outcome == nil || step.Outcome.Subject != "ada" || step.Outcome.ReturnTo != "request" || step.ExecutionID != "" {
		t.Fatalf("ends with %+v", step)
	}
}

func TestBackIsAnEdge(t *testing.T) {
	h := build(t, twoSteps(1))
	second := h.send(t, h.start(t, journeys.Need{}), "ada")
	back, err := h.Advance(t.Context(), h.tenant, second.ExecutionID, journeys.Browser{ID: "browser"}, journeys.Submission{Back: true})
	if err != nil || back.Prompt.Step != "first" || back.Prompt.Inputs[0].Value != "ada" || back.Prompt.CanGoBack {
		t.Fatalf("back leads to %+v, %v", back.Prompt, err)
	}
	again, err := h.Advance(t.Context(), h.tenant, back.ExecutionID, journeys.Browser{ID: "browser"}, journeys.Submission{Back: true})
	if err != nil || again.Prompt.Step != "first" {
		t.Fatalf("back from the first step leads to %+v, %v", again.Prompt, err)
	}
}

func TestRefusalIsToldAndForgotten(t *testing.T) {
	h := build(t, twoSteps(1))
	step := h.send(t, h.start(t, journeys.Need{}), "wrong")
	if step.Err == nil || step.Err.Code != reason.PasswordWrong {
		t.Fatalf("refusal %v", step.Err)
	}
	x, p, err := h.Open(t.Context(), h.tenant, step.ExecutionID, journeys.Browser{ID: "browser"}) // a refresh shows it again
	if err != nil || p.Error != reason.PasswordWrong || p.Reference != "7K4-Q2M" || !p.RetryAt.Equal(h.now.Add(30*time.Second)) || x.Refusals != 1 {
		t.Fatalf("%+v, %v", p, err)
	}
	if next := h.send(t, step.ExecutionID, "ada"); next.Prompt.Failed() || next.Prompt.Step != "second" {
		t.Errorf("still told: %+v", next.Prompt)
	}
}

// Every step seals anew, and nothing but the inputs that were asked for counts (R75).
func TestInputsAreThoseAskedFor_R75(t *testing.T) {
	h := build(t, twoSteps(1))
	id := h.start(t, journeys.Need{})
	for _, test := range []struct {
		name string
		s    journeys.Submission
		want reason.Code
	}{
		{"unknown input", journeys.Submission{Inputs: map[string]string{"answer": "x", "role": "owner"}}, reason.JourneyInput},
		{"unknown action", journeys.Submission{Action: "skip", Inputs: map[string]string{"answer": "x"}}, reason.JourneyInput},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := h.Advance(t.Context(), h.tenant, id, journeys.Browser{ID: "browser"}, test.s); !reason.Has(err, test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
	for _, test := range []struct {
		name, value string
		want        reason.Code
	}{
		{"missing", "", reason.InputRequired},
		{"too long", strings.Repeat("ü", 21), reason.InputTooLong},
	} {
		t.Run(test.name, func(t *testing.T) {
			step := h.send(t, id, test.value)
			if step.Prompt.ErrorOf("answer") != test.want || step.Prompt.Step != "first" || step.ExecutionID == id {
				t.Errorf("%+v", step)
			}
		})
	}
}

// An execution holds in its tenant, in its browser, for ten minutes without a
// step and for an hour at all (R4, R75).
func TestExecutionIsBoundAndEnds_R4_R75(t *testing.T) {
	h := build(t, twoSteps(1))
	id := h.start(t, journeys.Need{ApplicationName: "Shop"})
	other := (*store.DB)(nil).Tenant("other")
	for _, test := range []struct {
		name    string
		tenant  store.Tenant
		id      string
		browser string
		after   time.Duration
		want    reason.Code
		read    bool
	}{
		{"other tenant", other, id, "browser", 0, reason.JourneyInvalid, false},
		{"other browser", h.tenant, id, "thief", 0, reason.JourneyBrowser, false},
		{"no cookie", h.tenant, id, "", 0, reason.JourneyBrowser, false},
		{"damaged", h.tenant, id[:len(id)-2], "browser", 0, reason.JourneyInvalid, false},
		{"made up", h.tenant, "x", "browser", 0, reason.JourneyInvalid, false},
		{"none", h.tenant, "", "browser", 0, reason.JourneyInvalid, false},
		{"just in time", h.tenant, id, "browser", journeys.Idle - time.Microsecond, "", true},
		{"idle", h.tenant, id, "browser", journeys.Idle, reason.JourneyExpired, true},
		{"absolute", h.tenant, id, "browser", journeys.Lifetime, reason.JourneyExpired, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			h.now = h.now.Add(test.after)
			defer func() { h.now = h.now.Add(-test.after) }()
			x, _, err := h.Open(t.Context(), test.tenant, test.id, journeys.Browser{ID: test.browser})
			if test.want == "" && err != nil || test.want != "" && !reason.Has(err, test.want) {
				t.Errorf("Open: %v, want %s", err, test.want)
			}
			if read := x != nil && x.Need.ApplicationName == "Shop"; read != test.read {
				t.Errorf("it could be read: %v", read)
			}
			_, err = h.Advance(t.Context(), test.tenant, test.id, journeys.Browser{ID: test.browser}, journeys.Submission{Inputs: map[string]string{"answer": "x"}})
			if test.want != "" && !reason.Has(err, test.want) {
				t.Errorf("Advance: %v, want %s", err, test.want)
			}
		})
	}
}

// R30: what does not fit the execution takes no step.
func TestSubmissionFitsItsExecution(t *testing.T) {
	h := build(t, twoSteps(1))
	id := h.start(t, journeys.Need{ReturnTo: "mine"})
	for returnTo, want := range map[string]reason.Code{"mine": "", "another": reason.JourneyInvalid} {
		step, err := h.Advance(t.Context(), h.tenant, id, journeys.Browser{ID: "browser"}, journeys.Submission{
			Inputs: map[string]string{"answer": "x"}, Fits: func(x *journeys.Execution) bool { return x.Need.ReturnTo == returnTo },
		})
		if want == "" && err != nil || want != "" && (!reason.Has(err, want) || step.ExecutionID != "") {
			t.Errorf("%s: %+v %v", returnTo, step, err)
		}
	}
}

func TestStepsExtendTheIdleTimeButNotTheLifetime_R75(t *testing.T) {
	h := build(t, twoSteps(1))
	id := h.start(t, journeys.Need{})
	for range 6 {
		h.now = h.now.Add(9 * time.Minute)
		id = h.send(t, id, "wrong").ExecutionID
	}
	h.now = h.now.Add(6 * time.Minute)
	if _, _, err := h.Open(t.Context(), h.tenant, id, journeys.Browser{ID: "browser"}); !reason.Has(err, reason.JourneyExpired) {
		t.Errorf("after an hour: %v", err)
	}
}

// An execution stays with the version that it began with (R75).
func TestVersionIsPinned_R75(t *testing.T) {
	newer := twoSteps(2)
	newer.Start = "two"
	delete(newer.Nodes, "one")
	h := build(t, twoSteps(1), newer)
	if _, p, err := h.Open(t.Context(), h.tenant, h.start(t, journeys.Need{}), journeys.Browser{ID: "browser"}); err != nil || p.Step != "second" {
		t.Fatalf("new executions take %+v, %v", p, err)
	}
	old := build(t, twoSteps(1))
	id := old.start(t, journeys.Need{})
	again, err := journeys.New(journeys.Options{Nodes: types, Definitions: []journeys.Definition{newer}, K: old.K, Now: old.Now})
	if err != nil {
		t.Fatal(err)
	}
	if x, _, err := again.Open(t.Context(), old.tenant, id, journeys.Browser{ID: "browser"}); !reason.Has(err, reason.JourneyExpired) || x == nil {
		t.Errorf("a version that is gone: %v", err)
	}
	both, err := journeys.New(journeys.Options{Nodes: types, Definitions: []journeys.Definition{twoSteps(1), newer}, K: old.K, Now: old.Now})
	if err != nil {
		t.Fatal(err)
	}
	if _, p, err := both.Open(t.Context(), old.tenant, id, journeys.Browser{ID: "browser"}); err != nil || p.Step != "first" {
		t.Errorf("an old execution takes %+v, %v", p, err)
	}
}

func TestNothingProvenIsSealed(t *testing.T) {
	h := build(t, journeys.Definition{ID: "bad", Version: 1, Start: "prove", Nodes: map[string]journeys.NodeSpec{
		"prove": {Type: "proving", Edges: map[string]string{"on": "more"}},
		"more":  {Type: "second", Edges: map[string]string{"on": "done", "again": "more"}},
		"done":  {Type: "success"},
	}})
	_, err := h.Advance(t.Context(), h.tenant, h.start(t, journeys.Need{}), journeys.Browser{ID: "browser"}, journeys.Submission{Inputs: map[string]string{"answer": "x"}})
	if !reason.Has(err, reason.ServerError) {
		t.Errorf("%v", err)
	}
}

func TestStartRefuses(t *testing.T) {
	h := build(t, twoSteps(1))
	for _, test := range []struct {
		name string
		need journeys.Need
		want reason.Code
	}{
		{"unknown journey", journeys.Need{Browser: "b", Journey: "none"}, reason.JourneyInvalid},
		{"no browser", journeys.Need{}, reason.JourneyInvalid},
		{"too much", journeys.Need{Browser: "b", ReturnTo: strings.Repeat("x", 40<<10)}, reason.RequestTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := h.Start(t.Context(), h.tenant, test.need); !reason.Has(err, test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

func TestFaultyDefinitionsAreNotLoaded(t *testing.T) {
	for name, change := range map[string]func(d *journeys.Definition){
		"leads nowhere":         func(d *journeys.Definition) { delete(d.Nodes["one"].Edges, "again") },
		"is not there":          func(d *journeys.Definition) { d.Nodes["one"].Edges["again"] = "three" },
		"cannot be reached":     func(d *journeys.Definition) { d.Nodes["island"] = journeys.NodeSpec{Type: "success"} },
		"unknown type":          func(d *journeys.Definition) { d.Nodes["done"] = journeys.NodeSpec{Type: "magic"} },
		"has no outcome":        func(d *journeys.Definition) { d.Nodes["one"].Edges["maybe"] = "two" },
		"no start node":         func(d *journeys.Definition) { d.Start = "zero" },
		"no path leads":         func(d *journeys.Definition) { d.Nodes["done"] = journeys.NodeSpec{Type: "failure"} },
		"an id and a version":   func(d *journeys.Definition) { d.Version = 0 },
		"version 1 is there tw": nil,
	} {
		t.Run(name, func(t *testing.T) {
			d := twoSteps(1)
			all := []journeys.Definition{d}
			if change != nil {
				change(&all[0])
			} else {
				all = append(all, d)
			}
			_, err := journeys.New(journeys.Options{Nodes: types, Definitions: all})
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestDefinitionsAreData(t *testing.T) {
	for _, d := range journeys.Defaults() {
		raw, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var back journeys.Definition
		if err := json.Unmarshal(raw, &back); err != nil || back.Start != d.Start || len(back.Nodes) != len(d.Nodes) {
			t.Errorf("%s: %v", d.ID, err)
		}
	}
	if ids := journeys.Defaults(); !slices.ContainsFunc(ids, func(d journeys.Definition) bool { return d.ID == journeys.IdentifierFirst }) || ids[0].ID != journeys.IdentifierPassword {
		t.Error("the defaults are others")
	}
}
