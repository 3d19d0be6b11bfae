package audit

import (
	"context"

	"gatehouse/store"
)

// Exported records that events of the writer's tenant were handed out as a
// file: how many, in which format, of which days.
func (l *Log) Exported(ctx context.Context, w store.Writer, format, from, to string, count int) error {
	return w.Write(ctx, func(tx *store.Tx) error {
		return Append(ctx, tx, l.now(), Event{
			Action: AuditExported, Target: Target{Type: "audit"},
			Details: map[string]any{"format": format, "from": from, "to": to, "count": count},
		})
	})
}
