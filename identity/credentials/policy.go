package credentials

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"gatehouse/models"
	"gatehouse/reason"
)

// MaxLength is the most characters that a password has (R60).
const MaxLength = 256

// Policy says which passwords are taken. There are no rules of composition
// (R60): length, and no word that everybody knows or that stands next to the
// user.
type Policy struct {
	MinLength int      // characters; 0: models.DefaultPasswordMinLength
	Context   []string // words around the user: his names, addresses, the tenant's name
}

// Check judges a password and returns its normal form (NFKC), which is what is
// hashed. A refusal is InputInvalid on the field "password".
func (p Policy) Check(password string) (string, error) {
	if len(password) > MaxLength*utf8.UTFMax || utf8.RuneCountInString(password) > MaxLength {
		return "", refuse(reason.PasswordTooLong, strconv.Itoa(MaxLength))
	}
	shortest := p.MinLength
	if shortest <= 0 {
		shortest = models.DefaultPasswordMinLength
	}
	normal := normalise(password)
	folded := strings.ToLower(normal)
	switch {
	case utf8.RuneCountInString(normal) < shortest:
		return "", refuse(reason.PasswordTooShort, strconv.Itoa(shortest))
	case isCommon(folded):
		return "", refuse(reason.PasswordCommon, "")
	case p.isContext(folded):
		return "", refuse(reason.PasswordContext, "")
	}
	return normal, nil
}

func refuse(why reason.Code, detail string) error {
	return reason.New(reason.InputInvalid).On("password", why, detail)
}

// normalise makes what different keyboards produce for one password the same.
func normalise(password string) string { return norm.NFKC.String(password) }

//go:embed common.txt
var commonText string

// common are the bare forms of the list's passwords.
var common = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(commonText) {
		if word := strings.TrimSpace(line); word != "" && !strings.HasPrefix(word, "#") {
			all[bare(word)] = true
		}
	}
	return all
})

// isCommon sees through digits and signs at the ends, common substitutions,
// repetition and runs of keys, which guessing programs try first.
func isCommon(folded string) bool {
	if common()[bare(folded)] || isRun(folded) {
		return true
	}
	core := strings.TrimFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) })
	if core == "" || common()[bare(core)] {
		return core != "" && 2*len(core) > len(folded) || core == "" && isRun(folded)
	}
	unit := period(folded)
	return unit != folded && (utf8.RuneCountInString(unit) <= 4 || common()[bare(unit)] || isRun(unit))
}

var substitutes = strings.NewReplacer(
	"0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i", "|", "i",
)

// bare undoes common substitutions and drops all that separates words.
func bare(folded string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("-_.,", r) {
			return -1
		}
		return r
	}, substitutes.Replace(folded))
}

// rows are neighbouring keys and letters, forth and back.
var rows = sync.OnceValue(func() string {
	forth := "01234567890 abcdefghijklmnopqrstuvwxyz qwertyuiop[] asdfghjkl;' zxcvbnm,./ qwertzuiopü yxcvbnm azertyuiop qsdfghjklm " +
		"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/ 1q2w3e4r5t6y7u8i9o0p !@#$%^&*()_+ "
	back := []rune(forth)
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	return forth + string(back)
})

// isRun says whether the text is nothing but three or fewer runs of keys of at
// least three each.
func isRun(folded string) bool {
	runes := []rune(folded)
	pieces := 0
	for len(runes) > 0 {
		n := runLength(runes)
		if n < 3 || pieces == 3 {
			return false
		}
		runes = runes[n:]
		pieces++
	}
	return pieces > 0
}

func runLength(runes []rune) int {
	n := min(len(runes), 1)
	for n < len(runes) && strings.Contains(rows(), string(runes[:n+1])) {
		n++
	}
	same := min(len(runes), 1)
	for same < len(runes) && runes[same] == runes[0] {
		same++
	}
	return max(n, same)
}

// period is the shortest unit whose repetition is the text.
func period(text string) string {
	i := strings.Index((text + text)[1:], text)
	if i < 0 || i+1 >= len(text) {
		return text
	}
	return text[:i+1]
}

// isContext says whether the password is little more than a word from around
// the user.
func (p Policy) isContext(folded string) bool {
	plain := bare(folded)
	for _, c := range p.Context {
		for _, word := range words(c) {
			if strings.Contains(plain, word) && 3*len(word) >= 2*len(plain) {
				return true
			}
			if unit := period(plain); unit == word {
				return true
			}
		}
	}
	return false
}

// words are the parts of a context word that are long enough to matter, and
// the whole of it.
func words(context string) []string {
	folded := strings.ToLower(normalise(context))
	parts := strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	all := []string{}
	for _, w := range append(parts, folded) {
		if w = bare(w); utf8.RuneCountInString(w) >= 4 {
			all = append(all, w)
		}
	}
	return all
}
