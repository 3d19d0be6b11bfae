package audit

import (
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// edge is the right edge of the Merkle tree over the log (RFC 6962 §2.1): the
// roots of its complete subtrees, the largest first, one for each bit that is set
// in the size. It is all that is needed to add events and to tell the root, so
// that a tree over millions of events takes a kilobyte. Its leaves are the hashes
// of events, which are made as the RFC makes them (canonical.go).
type edge struct {
	size  int64 // events
	roots []tlog.Hash
}

// add puts one event behind the others.
func (e *edge) add(leaf tlog.Hash) {
	for n := e.size; n&1 == 1; n >>= 1 { // two subtrees of one size are one
		last := len(e.roots) - 1
		leaf = tlog.NodeHash(e.roots[last], leaf)
		e.roots = e.roots[:last]
	}
	e.roots = append(e.roots, leaf)
	e.size++
}

// root is that of the whole tree, which is not empty.
func (e *edge) root() tlog.Hash {
	last := len(e.roots) - 1
	root := e.roots[last]
	for i := last - 1; i >= 0; i-- {
		root = tlog.NodeHash(e.roots[i], root)
	}
	return root
}

// fits reports whether there is a root for each complete subtree.
func (e *edge) fits() bool {
	return e.size > 0 && len(e.roots) == bits.OnesCount64(uint64(e.size))
}

// copied is the edge as it is now.
func (e *edge) copied() edge { return edge{e.size, append([]tlog.Hash(nil), e.roots...)} }

// differs gives the numbers of the first and the last event of the first complete
// subtree that is another one in a tree of the same size; 0, 0: there is none.
func (e *edge) differs(other *edge) (first, last int64) {
	var before int64
	for i := range e.roots {
		part := subtree(e.size, i)
		if e.roots[i] != other.roots[i] {
			return before + 1, before + part
		}
		before += part
	}
	return 0, 0
}

// subtree is how many events the i-th complete subtree of a tree holds.
func subtree(size int64, i int) int64 {
	for range i {
		size -= largest(size)
	}
	return largest(size)
}

// largest is the largest power of two that is no more than n.
func largest(n int64) int64 {
	return 1 << (bits.Len64(uint64(n)) - 1) //nolint:gosec // sizes are positive
}
