package journeys

import (
	"slices"

	"gatehouse/journeys/prompt"
)

// stayInput is the name of the box by which a user stays signed in when he
// closes the browser.
const stayInput = "stay_signed_in"

// withStay adds the box to a prompt that takes a proof, before its buttons.
func withStay(x *Execution, p prompt.Prompt) prompt.Prompt {
	proves := slices.ContainsFunc(p.Inputs, func(in prompt.Input) bool {
		return in.Purpose == prompt.ForCurrentPassword || in.Purpose == prompt.ForNewPassword || in.Purpose == prompt.ForOneTimeCode
	})
	if !x.Need.AsksToStay || !proves {
		return p
	}
	box := prompt.Input{Ref: stayInput, Name: stayInput, Type: prompt.BooleanInput, Label: "hosted.field.stay", Hint: "hosted.field.stay.hint"}
	if x.Stays {
		box.Value = prompt.Ticked
	}
	p.Inputs = append(slices.Clone(p.Inputs), box)
	at := slices.IndexFunc(p.Components, func(c prompt.Component) bool { return c.Kind == prompt.Button })
	p.Components = slices.Insert(slices.Clone(p.Components), max(at, 0), prompt.Component{Kind: prompt.Field, Ref: stayInput})
	return p
}

// noteStay remembers the answer, whatever becomes of the proof beside it.
func noteStay(x *Execution, p prompt.Prompt, s Submission) {
	if _, asked := p.Input(stayInput); asked {
		x.Stays = s.Inputs[stayInput] == prompt.Ticked
	}
}
