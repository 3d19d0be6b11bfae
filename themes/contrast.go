package themes

import (
	"math"
	"strconv"
)

// The contrast that WCAG 2.2 asks of text (1.4.3) and of the edges of controls
// (1.4.11).
const (
	NeededText = 4.5
	NeededEdge = 3.0
)

// Finding is a pair of colours that is hard to tell apart.
type Finding struct {
	Front, Back string  // names of tokens
	Ratio       float64 // 1 to 21
	Needed      float64
	Fix         string // a value for Front that suffices
}

type pair struct {
	front, back string
	needed      float64
}

var pairs = []pair{
	{"on-brand", "brand", NeededText},
	{"brand", "surface", NeededText},
	{"text", "surface", NeededText},
	{"text", "page", NeededText},
	{"muted", "surface", NeededText},
	{"muted", "page", NeededText},
	{"danger", "surface", NeededText},
	{"success", "surface", NeededText},
	{"line", "surface", NeededEdge},
	{"on-brand-dark", "brand-dark", NeededText},
	{"brand-dark", "surface-dark", NeededText},
	{"text-dark", "surface-dark", NeededText},
	{"text-dark", "page-dark", NeededText},
	{"muted-dark", "surface-dark", NeededText},
	{"muted-dark", "page-dark", NeededText},
	{"danger-dark", "surface-dark", NeededText},
	{"success-dark", "surface-dark", NeededText},
	{"line-dark", "surface-dark", NeededEdge},
}

// Check finds the pairs of colours that people could not tell apart, each with
// a value that mends it.
func Check(chosen map[string]string) []Finding {
	values := Values(chosen)
	var found []Finding
	for _, p := range pairs {
		front, back := values[p.front], values[p.back]
		if ratio := Contrast(front, back); ratio < p.needed {
			found = append(found, Finding{p.front, p.back, ratio, p.needed, mend(front, back, p.needed)})
		}
	}
	return found
}

// Contrast is the contrast ratio of two colours (WCAG 2.2), from 1 to 21.
// Anything but #rrggbb counts as black.
func Contrast(a, b string) float64 {
	la, lb := luminance(parse(a)), luminance(parse(b))
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

type rgb [3]float64 // 0 to 1

func parse(hex string) rgb {
	if len(hex) != 7 {
		return rgb{}
	}
	n, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil {
		return rgb{}
	}
	return rgb{float64(n>>16) / 255, float64(n>>8&0xff) / 255, float64(n&0xff) / 255}
}

func (c rgb) hex() string {
	s := "#"
	for _, v := range c {
		part := strconv.FormatUint(uint64(math.Round(v*255)), 16)
		if len(part) < 2 {
			part = "0" + part
		}
		s += part
	}
	return s
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(c rgb) float64 {
	linear := func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

// mend moves the front colour toward black or white, whichever the background
// needs, just as far as it must.
func mend(front, back string, needed float64) string {
	goal := rgb{}
	if luminance(parse(back)) < 0.18 { // where black and white contrast alike
		goal = rgb{1, 1, 1}
	}
	from := parse(front)
	for step := 1; step <= 50; step++ {
		share := float64(step) / 50
		var c rgb
		for i := range c {
			c[i] = from[i] + (goal[i]-from[i])*share
		}
		if Contrast(c.hex(), back) >= needed {
			return c.hex()
		}
	}
	return goal.hex()
}
