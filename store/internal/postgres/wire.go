package postgres

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"gatehouse/store/internal/cell"
)

// wire sends statements over a connection, each prepared once, with their
// values in the few forms that our columns have: the driver's search for a form
// costs more than the value.
type wire struct {
	conn  *pgx.Conn
	known map[string]*prepared
	stale []string // names of prepared statements that are given up

	// Of the message that is being put together, reused by the next.
	buffer  []byte
	values  [][]byte
	formats []int16
}

// newWire has a buffer from the start: an empty text is not NULL, and an empty
// part of no buffer would be.
func newWire(conn *pgx.Conn) wire {
	return wire{conn: conn, known: map[string]*prepared{}, buffer: make([]byte, 0, 1024)}
}

func (w *wire) close(ctx context.Context) {
	if w.conn != nil {
		_ = w.conn.Close(ctx) // nobody needs it any more
	}
}

// prepared is a prepared statement and the forms of its columns.
type prepared struct {
	*pgconn.StatementDescription
	formats []int16
	columns []string
}

// Statement is a statement with its values, as database/sql hands them over.
type Statement struct {
	Query string
	Args  []any
	Many  *Many // nil: it is not joined to others
}

// faulty reports whether a statement holds a text that PostgreSQL refuses.
func (s Statement) faulty() bool {
	return slices.ContainsFunc(s.Args, func(a any) bool {
		text, is := a.(string)
		return is && (strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text))
	})
}

// send sends statements in one go and gives the result of each to read, which
// must read it to its end. Statements after one that fails are not run.
func (w *wire) send(ctx context.Context, all []Statement, read func(i int, p *prepared, r *pgconn.ResultReader) error) error {
	w.shed()
	if err := w.prepare(ctx, all); err != nil {
		return err
	}
	line := w.conn.PgConn().StartPipeline(ctx)
	err := w.queue(line, all)
	if err == nil {
		err = line.Sync()
	}
	for i := 0; i < len(all) && err == nil; i++ {
		err = w.result(line, w.known[all[i].Query], i, read)
	}
	err = cmp.Or(err, line.Close())
	if err != nil {
		w.forget(all)
	}
	return err
}

func (w *wire) queue(line *pgconn.Pipeline, all []Statement) error {
	for _, s := range all {
		p := w.known[s.Query]
		if err := w.encode(p.ParamOIDs, s.Args); err != nil {
			return fmt.Errorf("%w: %s", err, s.Query)
		}
		line.SendQueryStatement(p.StatementDescription, w.values, w.formats, p.formats)
	}
	return nil
}

func (w *wire) result(line *pgconn.Pipeline, p *prepared, i int, read func(int, *prepared, *pgconn.ResultReader) error) error {
	found, err := line.GetResults()
	if err != nil {
		return err
	}
	r, ok := found.(*pgconn.ResultReader)
	if !ok {
		return fmt.Errorf("store: PostgreSQL answers a statement with %T", found)
	}
	return read(i, p, r)
}

// prepare prepares what was not yet.
func (w *wire) prepare(ctx context.Context, all []Statement) error {
	var fresh []string
	for _, s := range all {
		if _, ok := w.known[s.Query]; !ok {
			w.known[s.Query] = &prepared{StatementDescription: &pgconn.StatementDescription{Name: nameOf(s.Query)}}
			fresh = append(fresh, s.Query)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	line := w.conn.PgConn().StartPipeline(ctx)
	for _, name := range w.stale {
		line.SendDeallocate(name)
	}
	for _, query := range fresh {
		line.SendPrepare(w.known[query].Name, query, nil)
	}
	err := line.Sync()
	for range w.stale {
		if err == nil {
			_, err = line.GetResults()
		}
	}
	w.stale = w.stale[:0]
	for _, query := range fresh {
		if err == nil {
			err = w.described(line, query)
		}
	}
	if err = cmp.Or(err, line.Close()); err != nil {
		w.unknow(fresh) // some of them may be prepared all the same
	}
	return err
}

// nameOf names a prepared statement by its text, so that a connection which others
// have used means the same by it.
func nameOf(query string) string {
	sum := sha256.Sum256([]byte(query))
	return "gh" + hex.EncodeToString(sum[:16])
}

func (w *wire) described(line *pgconn.Pipeline, query string) error {
	found, err := line.GetResults()
	if err != nil {
		return err
	}
	d, ok := found.(*pgconn.StatementDescription)
	if !ok {
		return fmt.Errorf("store: PostgreSQL describes a statement with %T", found)
	}
	p := w.known[query]
	d.Name, d.SQL = p.Name, query
	p.StatementDescription = d
	for _, f := range d.Fields {
		p.columns = append(p.columns, f.Name)
		p.formats = append(p.formats, formatOf(f.DataTypeOID))
	}
	return nil
}

// forget gives statements up that failed: a migration may have changed what they
// answer (another node's, while this one serves).
func (w *wire) forget(all []Statement) {
	for _, s := range all {
		w.unknow([]string{s.Query})
	}
}

// unknow gives statements up, whose names are free again before the next is
// prepared.
func (w *wire) unknow(queries []string) {
	for _, query := range queries {
		if p, ok := w.known[query]; ok {
			w.stale = append(w.stale, p.Name)
			delete(w.known, query)
		}
	}
}

// maxPrepared bounds the statements that a connection knows. Ours are some hundred.
const maxPrepared = 512

// shed gives all statements up when there are too many, before a message.
func (w *wire) shed() {
	if len(w.known) <= maxPrepared {
		return
	}
	for query, p := range w.known {
		w.stale = append(w.stale, p.Name)
		delete(w.known, query)
	}
}

const (
	textFormat   = pgtype.TextFormatCode
	binaryFormat = pgtype.BinaryFormatCode
)

// formatOf is the form in which values of a type are read.
func formatOf(oid uint32) int16 {
	switch oid {
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.BoolOID, pgtype.ByteaOID, pgtype.Float8OID:
		return binaryFormat
	}
	return textFormat
}

var errValues = errors.New("store: a statement has another number of values than places for them")

// encode puts a statement's values into their forms.
func (w *wire) encode(oids []uint32, args []any) error {
	if len(oids) != len(args) {
		return errValues
	}
	w.buffer, w.values, w.formats = w.buffer[:0], w.values[:0], w.formats[:0]
	for i, a := range args {
		if err := w.value(oids[i], a); err != nil {
			return err
		}
	}
	return nil
}

func (w *wire) value(oid uint32, a any) error {
	from, format := len(w.buffer), int16(textFormat)
	switch v := a.(type) {
	case nil:
		w.values, w.formats = append(w.values, nil), append(w.formats, format)
		return nil
	case string:
		w.buffer = append(w.buffer, v...)
	case []string:
		w.buffer = appendList(w.buffer, v)
	case []byte:
		if v == nil {
			return w.value(oid, nil)
		}
		if oid == pgtype.ByteaOID {
			format = binaryFormat
		}
		w.buffer = append(w.buffer, v...)
	case int64:
		w.buffer, format = appendInt(w.buffer, oid, v)
	case bool:
		w.buffer = strconv.AppendBool(w.buffer, v)
	case float64:
		w.buffer = strconv.AppendFloat(w.buffer, v, 'g', -1, 64)
	default:
		return fmt.Errorf("store: no column holds a %T", a)
	}
	w.values, w.formats = append(w.values, w.buffer[from:]), append(w.formats, format)
	return nil
}

// appendList writes texts as an array of PostgreSQL's (its manual, §8.15.2).
func appendList(to []byte, all []string) []byte {
	between := byte('{')
	for _, text := range all {
		to = append(to, between, '"')
		for i := range len(text) {
			if text[i] == '"' || text[i] == '\\' {
				to = append(to, '\\')
			}
			to = append(to, text[i])
		}
		to, between = append(to, '"'), ','
	}
	return append(to, '}')
}

func appendInt(to []byte, oid uint32, v int64) ([]byte, int16) {
	if oid == pgtype.Int8OID {
		return binary.BigEndian.AppendUint64(to, uint64(v)), binaryFormat //nolint:gosec // the same bits
	}
	return strconv.AppendInt(to, v, 10), textFormat
}

// take reads all rows of a result.
func take(a *cell.Answer, p *prepared, r *pgconn.ResultReader) error {
	a.Columns = p.columns
	for r.NextRow() {
		row, err := cells(p, r.Values())
		if err != nil {
			return cmp.Or(err, closed(r))
		}
		a.Rows = append(a.Rows, row)
	}
	return closed(r)
}

func closed(r *pgconn.ResultReader) error {
	_, err := r.Close()
	return err
}

// cells reads a row, whose texts share their memory.
func cells(p *prepared, raw [][]byte) ([]cell.Cell, error) {
	n := 0
	for _, v := range raw {
		n += len(v)
	}
	joined := make([]byte, 0, n)
	for _, v := range raw {
		joined = append(joined, v...)
	}
	texts, row := string(joined), make([]cell.Cell, len(raw))
	for i, v := range raw {
		if v == nil {
			continue
		}
		var err error
		if row[i], err = cellFrom(p.Fields[i].DataTypeOID, v, texts[:len(v)]); err != nil {
			return nil, err
		}
		texts = texts[len(v):]
	}
	return row, nil
}

// cellFrom reads a value; text is the same bytes.
func cellFrom(oid uint32, raw []byte, text string) (cell.Cell, error) {
	switch {
	case oid == pgtype.Int8OID && len(raw) == 8:
		return cell.Cell{Kind: cell.Int, N: int64(binary.BigEndian.Uint64(raw))}, nil //nolint:gosec // the same bits
	case oid == pgtype.Int4OID && len(raw) == 4:
		return cell.Cell{Kind: cell.Int, N: int64(int32(binary.BigEndian.Uint32(raw)))}, nil //nolint:gosec // the same bits
	case oid == pgtype.Int2OID && len(raw) == 2:
		return cell.Cell{Kind: cell.Int, N: int64(int16(binary.BigEndian.Uint16(raw)))}, nil //nolint:gosec // the same bits
	case oid == pgtype.Float8OID && len(raw) == 8:
		return cell.Cell{Kind: cell.Float, F: math.Float64frombits(binary.BigEndian.Uint64(raw))}, nil
	case oid == pgtype.BoolOID && len(raw) == 1:
		return cell.Cell{Kind: cell.Bool, N: int64(raw[0])}, nil
	case formatOf(oid) == textFormat:
		return cell.Cell{Kind: cell.Text, Text: text}, nil
	case oid == pgtype.ByteaOID:
		return cell.Cell{Kind: cell.Bytes, Text: text}, nil
	}
	return cell.Cell{}, fmt.Errorf("store: a value of type %d has %d bytes", oid, len(raw))
}
