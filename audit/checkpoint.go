package audit

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is what the log was at one time, as this deployment signed it
// (R133). Written down outside of the database, it shows whether the log was
// changed since, by whoever holds the database with all its hashes.
type Checkpoint struct {
	Size int64     // events
	Root tlog.Hash // of the Merkle tree over them (RFC 6962 §2.1)
	Last tlog.Hash // the hash of the last of them, which the chain hangs on
	At   time.Time
	edge edge
}

// errCheckpoint says that a text is no checkpoint of this deployment.
var errCheckpoint = errors.New("audit: no checkpoint of this deployment's key")

// origin begins the name of a deployment's log, which its key completes.
const origin = "gatehouse-audit-"

// signer signs checkpoints.
type signer struct {
	note.Verifier
	key  ed25519.PrivateKey
	text string // of the verifier
}

// newSigner makes the signer of a seed, 32 bytes that the database cannot give.
func newSigner(seed []byte) (*signer, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, errors.New("audit: the key of checkpoints has 32 bytes")
	}
	key := ed25519.NewKeyFromSeed(seed)
	public, _ := key.Public().(ed25519.PublicKey) // always is
	sum := sha256.Sum256(public)
	text, err := note.NewEd25519VerifierKey(origin+hex.EncodeToString(sum[:8]), public)
	if err != nil {
		return nil, err
	}
	verifier, err := note.NewVerifier(text)
	return &signer{verifier, key, text}, err
}

// Sign implements note.Signer.
func (s *signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

// The extension lines of a checkpoint, by their first word.
const (
	lineTime = "time "
	lineLast = "last "
	lineEdge = "edge "
)

// write is the checkpoint as a signed note (C2SP tlog-checkpoint): origin, size
// and root, and in extension lines when, the last event's hash, and the roots of
// the complete subtrees, with which a server goes on without reading the log anew.
func (s *signer) write(c Checkpoint) (string, error) {
	all := make([]byte, 0, len(c.edge.roots)*tlog.HashSize)
	for _, root := range c.edge.roots {
		all = append(all, root[:]...)
	}
	text := strings.Join([]string{
		s.Name(), strconv.FormatInt(c.Size, 10), c.Root.String(), lineTime + c.At.UTC().Format(time.RFC3339Nano), lineLast + c.Last.String(),
		lineEdge + base64.StdEncoding.EncodeToString(all), "",
	}, "\n")
	signed, err := note.Sign(&note.Note{Text: text}, s)
	return string(signed), err
}

// read is the checkpoint that a note holds, if this signer signed it. It returns
// errCheckpoint.
func (s *signer) read(text string) (Checkpoint, error) {
	n, err := note.Open([]byte(text), note.VerifierList(s))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", errCheckpoint, err)
	}
	lines := strings.Split(strings.TrimSuffix(n.Text, "\n"), "\n")
	if len(lines) != 6 || lines[0] != s.Name() {
		return Checkpoint{}, errCheckpoint
	}
	var c Checkpoint
	size, err := strconv.ParseInt(lines[1], 10, 64)
	root, errRoot := tlog.ParseHash(lines[2])
	at, errTime := time.Parse(time.RFC3339Nano, strings.TrimPrefix(lines[3], lineTime))
	last, errLast := tlog.ParseHash(strings.TrimPrefix(lines[4], lineLast))
	roots, errEdge := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[5], lineEdge))
	if err := errors.Join(err, errRoot, errTime, errLast, errEdge); err != nil {
		return c, fmt.Errorf("%w: %w", errCheckpoint, err)
	}
	c = Checkpoint{Size: size, Root: root, Last: last, At: at, edge: edge{size: size}}
	for ; len(roots) >= tlog.HashSize; roots = roots[tlog.HashSize:] {
		c.edge.roots = append(c.edge.roots, tlog.Hash(roots[:tlog.HashSize]))
	}
	if len(roots) > 0 || !c.edge.fits() || c.edge.root() != root {
		return c, errCheckpoint
	}
	return c, nil
}
