package console

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"gatehouse/audit"
	"gatehouse/internal/page"
	"gatehouse/internal/strict"
	views "gatehouse/views/console"
)

func filterOfUser(id string) audit.Filter { return audit.Filter{UserID: id} }

// timeline is the page of events that the address asks for.
func (c *Console) timeline(v *visit, f audit.Filter) (views.Events, error) {
	l := v.list()
	found, err := audit.Timeline(v.ctx, v.in, f, v.asked())
	if err != nil {
		return views.Events{}, err
	}
	turn(v, &l, found)
	rows := make([]views.Event, 0, len(found.Items))
	for i := range found.Items {
		rows = append(rows, event(v, &found.Items[i]))
	}
	return views.Events{List: l, Rows: rows}, nil
}

// changesKey is the detail that holds what was changed.
const changesKey = "changes"

// event translates an event for the page: changes and other facts apart.
func event(v *visit, e *audit.Entry) views.Event {
	shown := views.Event{EventFields: e.EventFields, Number: e.Number}
	for _, key := range slices.Sorted(maps.Keys(e.Details.V)) {
		value := e.Details.V[key]
		if changes, ok := value.(map[string]any); ok && key == changesKey {
			shown.Changes = changed(v, changes)
			continue
		}
		shown.Facts = append(shown.Facts, views.Change{Field: key, After: plain(value)})
	}
	return shown
}

func changed(v *visit, changes map[string]any) []views.Change {
	var all []views.Change
	for _, field := range slices.Sorted(maps.Keys(changes)) {
		pair, ok := changes[field].(map[string]any)
		if !ok { // the value itself is not recorded
			all = append(all, views.Change{Field: field, After: v.t("console.event.changed")})
			continue
		}
		all = append(all, views.Change{Field: field, Before: plain(pair["from"]), After: plain(pair["to"])})
	}
	return all
}

// plain shows a JSON value as a person reads it.
func plain(value any) string {
	switch x := value.(type) {
	case nil:
		return ""
	case string:
		return x
	case []any:
		words := make([]string, 0, len(x))
		for _, one := range x {
			words = append(words, plain(one))
		}
		return strings.Join(words, " ")
	case map[string]any:
		b, err := json.Marshal(x)
		if err != nil {
			return ""
		}
		return string(b)
	default:
		return fmt.Sprint(x)
	}
}

// auditFilter reads the filters that the page and the export share.
func auditFilter(q strict.Values) audit.Filter {
	f := audit.Filter{
		Action: q.Get("action"), Outcome: q.Get("outcome"), Via: q.Get("via"), RequestID: strings.TrimSpace(q.Get("request")),
	}
	if day, err := time.Parse(time.DateOnly, q.Get("from")); err == nil {
		f.From = day
	}
	if day, err := time.Parse(time.DateOnly, q.Get("to")); err == nil {
		f.To = day.AddDate(0, 0, 1)
	}
	return f
}

func (c *Console) audit(v *visit) error { return c.drawAudit(v, nil) }

func (c *Console) drawAudit(v *visit, chain *views.Chain) error {
	events, err := c.timeline(v, auditFilter(v.query))
	if err != nil {
		return err
	}
	a := views.Audit{
		Events: events, Chain: chain, Action: v.query.Get("action"), Outcome: v.query.Get("outcome"), Via: v.query.Get("via"),
		Request: v.query.Get("request"), From: v.query.Get("from"), To: v.query.Get("to"),
	}
	for _, e := range events.Rows {
		a.Sealed = max(a.Sealed, e.Number)
	}
	return v.show(views.AuditPage(c.shell(v, v.t("console.nav.audit"), "audit"), a))
}

// auditVerify checks the whole chain and shows what it found. It changes
// nothing, so its answer is the page itself.
func (c *Console) auditVerify(v *visit) error {
	if _, err := v.form(); err != nil {
		return err
	}
	report, err := c.Log.Verify(v.ctx)
	if err != nil {
		return err
	}
	v.path = views.At(v.tenant, "audit")
	v.at = v.path
	return c.drawAudit(v, &views.Chain{OK: report.OK(), Checked: report.Checked, Bad: report.Bad, Fault: report.Fault})
}

// maxExport is how many events one file holds at most.
const maxExport = 50_000

// auditExport hands the filtered events out as a file, and records that it did.
func (c *Console) auditExport(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	format := form.Get("format")
	if format != "csv" {
		format = "jsonl"
	}
	var b strings.Builder
	n, err := c.export(v, &b, format, auditFilter(form))
	if err != nil {
		return err
	}
	if err := c.Log.Exported(v.ctx, v.in, format, form.Get("from"), form.Get("to"), n); err != nil {
		return err
	}
	kind := map[string]string{"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}[format]
	return v.download("audit-"+v.tenant.Name+"."+format, kind, b.String())
}

func (c *Console) export(v *visit, w io.Writer, format string, f audit.Filter) (int, error) {
	write := jsonLines(w)
	if format == "csv" {
		write = commas(w)
	}
	n, after := 0, ""
	for n < maxExport {
		found, err := audit.Timeline(v.ctx, v.in, f, page.Request{After: after, Limit: page.MaxLimit})
		if err != nil {
			return n, err
		}
		for i := range found.Items {
			if err := write(&found.Items[i]); err != nil {
				return n, err
			}
			n++
		}
		if after = found.Next; after == "" {
			break
		}
	}
	return n, nil
}

func jsonLines(w io.Writer) func(*audit.Entry) error {
	out := json.NewEncoder(w)
	return func(e *audit.Entry) error {
		return out.Encode(map[string]any{
			"number": e.Number, "id": e.ID, "at": e.At.Format(time.RFC3339Nano), "action": e.Action, "outcome": e.Outcome, "reason": e.Reason,
			"actor":  map[string]string{"type": e.ActorType, "id": e.ActorID, "name": e.ActorName},
			"target": map[string]string{"type": e.TargetType, "id": e.TargetID, "name": e.TargetName},
			"via":    e.Via, "ip": e.IP, "user_agent": e.UserAgent, "request_id": e.RequestID, "details": e.Details.V,
		})
	}
}

func commas(w io.Writer) func(*audit.Entry) error {
	out := csv.NewWriter(w)
	first := true
	return func(e *audit.Entry) error {
		if first {
			first = false
			if err := out.Write([]string{"number", "at", "action", "outcome", "reason", "actor", "via", "target", "target_id", "ip", "request_id"}); err != nil {
				return err
			}
		}
		if err := out.Write([]string{
			fmt.Sprint(e.Number), e.At.Format(time.RFC3339), e.Action, e.Outcome, e.Reason, cell(e.ActorName), e.Via,
			cell(e.TargetName), e.TargetID, e.IP, e.RequestID,
		}); err != nil {
			return err
		}
		out.Flush()
		return out.Error()
	}
}

// cell keeps a spreadsheet from taking somebody's name for a formula.
func cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
