package ui

import (
	"fmt"
	"strings"
)

// Line is one line of a chart.
type Line struct {
	Label  string
	Class  string // good, bad, muted: its colour in console.css
	Values []int
}

// Chart is a line chart over named points. It is drawn on the server; the same
// figures stand below it as a table.
type Chart struct {
	Title  string
	Points []string
	Lines  []Line
}

// The size of the drawing in its own units.
const (
	chartWide, chartHigh = 720, 200
	chartLeft, chartBase = 40, 172
	chartTop             = 12
)

func (c Chart) top() int {
	most := 1
	for _, l := range c.Lines {
		for _, v := range l.Values {
			most = max(most, v)
		}
	}
	return nice(most)
}

// nice rounds up to a number that people like to read at an axis.
func nice(n int) int {
	step := 1
	for n > step*10 {
		step *= 10
	}
	for _, k := range []int{1, 2, 4, 5, 10} {
		if n <= k*step {
			return k * step
		}
	}
	return n
}

func (c Chart) x(i int) float64 {
	if len(c.Points) < 2 {
		return (chartLeft + chartWide) / 2
	}
	return chartLeft + float64(i)*float64(chartWide-chartLeft-12)/float64(len(c.Points)-1)
}

func (c Chart) y(v int) float64 {
	return chartBase - float64(v)*float64(chartBase-chartTop)/float64(c.top())
}

// path is the line through all values.
func (c Chart) path(l Line) string {
	var b strings.Builder
	for i, v := range l.Values {
		word := "L"
		if i == 0 {
			word = "M"
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", word, c.x(i), c.y(v))
	}
	return b.String()
}

// area is what lies below the line.
func (c Chart) area(l Line) string {
	if len(l.Values) == 0 {
		return ""
	}
	return fmt.Sprintf("%sL%.1f %dL%.1f %dZ", c.path(l), c.x(len(l.Values)-1), chartBase, c.x(0), chartBase)
}

// ticks are the values with a line across the chart.
func (c Chart) ticks() []int {
	top := c.top()
	if top < 2 {
		return []int{0, top}
	}
	return []int{0, top / 2, top}
}

// marked are the points whose name stands below: few enough to read.
func (c Chart) marked() []int {
	var all []int
	step := max(1, (len(c.Points)+6)/7)
	for i := 0; i < len(c.Points); i += step {
		all = append(all, i)
	}
	return all
}

func unit(f float64) string { return fmt.Sprintf("%.1f", f) }

// Share is a part of a whole in percent.
func Share(part, whole int) int {
	if whole <= 0 {
		return 0
	}
	return part * 100 / whole
}
