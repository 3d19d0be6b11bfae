package claimrules

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// What bounds an expression. The library bounds the elements of lists and the
// size of the tree, but neither the time nor the text that an expression takes:
// nothing here can double in each step (L69).
const (
	maxExpression = 1000 // characters
	maxNodes      = 200
	maxLoops      = 3
	maxMatches    = 3
	maxPattern    = 200  // characters of a regular expression
	maxElements   = 1000 // of all lists that an evaluation makes
	maxText       = 2048 // bytes of a text that an evaluation makes
)

// callable are the library's functions that expressions may call; ours stand in
// functions.go.
var callable = []string{
	"all", "none", "any", "one", "filter", "map", "find", "count", "len", "abs", "ceil", "floor", "round", "int", "float",
	"trim", "trimPrefix", "trimSuffix", "upper", "lower", "indexOf", "hasPrefix", "hasSuffix", "max", "min", "first", "last", "get", "take",
	"keys", "values", "uniq", "concat", "sort",
}

// Fault says where an expression is wrong, and why.
type Fault struct {
	Line, Column int // from 1; 0: nowhere in particular
	Message      string
}

// Error implements error.
func (f *Fault) Error() string {
	if f.Line == 0 {
		return f.Message
	}
	return fmt.Sprintf("%d:%d: %s", f.Line, f.Column, f.Message)
}

func faultOf(err error) *Fault {
	var fault *Fault
	if errors.As(err, &fault) {
		return fault
	}
	var at *file.Error
	if errors.As(err, &at) {
		// Our types' names are nobody's business.
		return &Fault{Line: at.Line, Column: at.Column + 1, Message: strings.ReplaceAll(at.Message, "claimrules.", "")}
	}
	return &Fault{Message: err.Error()}
}

// compile makes an expression's program. Its error is a *Fault.
func compile(expression string) (*vm.Program, error) {
	if len([]rune(expression)) > maxExpression {
		return nil, &Fault{Message: fmt.Sprintf("longer than %d characters", maxExpression)}
	}
	c := &confinement{}
	options := append([]expr.Option{expr.Env(Environment{}), expr.MaxNodes(maxNodes), expr.DisableAllBuiltins(), expr.Patch(c)}, functions...)
	for _, name := range callable {
		options = append(options, expr.EnableBuiltin(name))
	}
	program, err := expr.Compile(expression, options...)
	if c.refused != nil {
		err = c.refused.Bind(file.NewSource(expression))
	}
	if err != nil {
		return nil, faultOf(err)
	}
	return program, nil
}

// run evaluates a program. Its error is a *Fault.
func run(program *vm.Program, env Environment) (any, error) {
	machine := vm.VM{MemoryBudget: maxElements}
	value, err := machine.Run(program, env)
	if err == nil {
		value, err = claimValue(value)
	}
	if err != nil {
		return nil, faultOf(err)
	}
	return value, nil
}

// confinement refuses the parts of the language that could take long, and lets
// our own addition make texts.
type confinement struct {
	loops, matches int
	refused        *file.Error
}

// Visit implements ast.Visitor; children come first.
func (c *confinement) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		c.refuse(*node, "an expression has one part: no let and no ;")
	case *ast.IdentifierNode:
		if n.Value == "$env" {
			c.refuse(*node, "$env cannot be read")
		}
	case *ast.PredicateNode:
		if c.loops++; c.loops > maxLoops {
			c.refuse(*node, fmt.Sprintf("more than %d loops", maxLoops))
		}
		if ast.Find(n.Node, isLoop) != nil {
			c.refuse(*node, "no loop stands inside another")
		}
	case *ast.BuiltinNode:
		// A function that is not ours parses even where it is disabled.
		if !slices.Contains(callable, n.Name) {
			c.refuse(*node, "unknown function "+n.Name)
		}
	case *ast.BinaryNode:
		c.binary(node, n)
	}
}

func isLoop(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.PredicateNode:
		return true
	case *ast.BinaryNode:
		return n.Operator == "matches"
	}
	return false
}

func (c *confinement) binary(node *ast.Node, n *ast.BinaryNode) {
	switch n.Operator {
	case "..":
		c.refuse(*node, "ranges cannot be made")
	case "matches":
		pattern, constant := n.Right.(*ast.StringNode)
		if c.matches++; !constant || c.matches > maxMatches || len(pattern.Value) > maxPattern {
			c.refuse(*node, fmt.Sprintf("at most %d patterns, each a text of %d characters", maxMatches, maxPattern))
		}
	case "+":
		if mayBeText(n.Left.Type()) && mayBeText(n.Right.Type()) {
			call := &ast.CallNode{Callee: &ast.IdentifierNode{Value: "plus"}, Arguments: []ast.Node{n.Left, n.Right}}
			call.SetNature(*n.Nature())
			ast.Patch(node, call)
		}
	}
}

// mayBeText: what is known to be a number is added by the library, which also
// refuses what cannot be added at all.
func mayBeText(t reflect.Type) bool {
	return t == nil || t.Kind() == reflect.String || t.Kind() == reflect.Interface
}

func (c *confinement) refuse(n ast.Node, why string) {
	if c.refused == nil {
		c.refused = &file.Error{Location: n.Location(), Message: why}
	}
}
