package vtl

import (
	"math/big"
	"strconv"
	"strings"
)

// Decimal is a Java BigDecimal: unscaled × 10^-scale.
type Decimal struct {
	unscaled *big.Int
	scale    int
}

// maxScale bounds the powers of ten a decimal may need.
const maxScale = 4096

func parseDecimal(text string) (*Decimal, bool) {
	mantissa, exponent := text, 0
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		n, err := strconv.Atoi(text[at+1:])
		if err != nil || n > maxScale || n < -maxScale {
			return nil, false
		}
		mantissa, exponent = text[:at], n
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if len(whole)+len(fraction) > maxScale {
		return nil, false
	}
	unscaled, ok := new(big.Int).SetString(whole+fraction, 10)
	if !ok {
		return nil, false
	}
	return &Decimal{unscaled: unscaled, scale: len(fraction) - exponent}, true
}

func toDecimal(value any) *Decimal {
	switch v := value.(type) {
	case *Decimal:
		return v
	case *big.Int:
		return &Decimal{unscaled: v}
	}
	if f, ok := value.(float64); ok {
		// Java's new BigDecimal(double): the exact value of the double.
		exact := strconv.FormatFloat(f, 'f', -1, 64)
		if r := new(big.Rat).SetFloat64(f); r != nil {
			exact = strings.TrimRight(strings.TrimRight(r.FloatString(1100), "0"), ".")
		}
		if d, ok := parseDecimal(exact); ok {
			return d
		}
		return &Decimal{unscaled: new(big.Int)}
	}
	return &Decimal{unscaled: toBig(value)}
}

func (d *Decimal) rat() *big.Rat {
	r := new(big.Rat).SetInt(d.unscaled)
	power := new(big.Rat).SetInt(tenTo(abs(d.scale)))
	if d.scale >= 0 {
		return r.Quo(r, power)
	}
	return r.Mul(r, power)
}

func (d *Decimal) float() float64 {
	f, _ := d.rat().Float64()
	return f
}

func abs(n int) int { return max(n, -n) }

func tenTo(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// atScale returns the unscaled value for a scale that is at least the decimal's own.
func (d *Decimal) atScale(scale int) *big.Int {
	return new(big.Int).Mul(d.unscaled, tenTo(scale-d.scale))
}

// calculateDecimal is null for what Java throws, and for results beyond all use.
func calculateDecimal(op byte, a, b *Decimal) any {
	scale := max(a.scale, b.scale)
	switch op {
	case '+':
		return &Decimal{new(big.Int).Add(a.atScale(scale), b.atScale(scale)), scale}
	case '-':
		return &Decimal{new(big.Int).Sub(a.atScale(scale), b.atScale(scale)), scale}
	case '*':
		if abs(a.scale+b.scale) > maxScale || a.unscaled.BitLen()+b.unscaled.BitLen() > maxBits {
			return nil
		}
		return &Decimal{new(big.Int).Mul(a.unscaled, b.unscaled), a.scale + b.scale}
	case '/':
		return divideDecimal(a, b)
	}
	return nil
}

// divideDecimal keeps the scale of the dividend and rounds halves down.
func divideDecimal(a, b *Decimal) *Decimal {
	quotient := new(big.Rat).Quo(a.rat(), b.rat())
	if a.scale >= 0 {
		quotient.Mul(quotient, new(big.Rat).SetInt(tenTo(a.scale)))
	} else {
		quotient.Quo(quotient, new(big.Rat).SetInt(tenTo(-a.scale)))
	}
	whole, rest := new(big.Int).QuoRem(quotient.Num(), quotient.Denom(), new(big.Int))
	if rest.Abs(rest).Lsh(rest, 1).Cmp(quotient.Denom()) > 0 {
		whole.Add(whole, big.NewInt(int64(quotient.Sign())))
	}
	return &Decimal{unscaled: whole, scale: a.scale}
}

// String prints as BigDecimal.toString does.
func (d *Decimal) String() string {
	digits := new(big.Int).Abs(d.unscaled).String()
	sign := ""
	if d.unscaled.Sign() < 0 {
		sign = "-"
	}
	if d.scale == 0 {
		return sign + digits
	}
	adjusted := len(digits) - 1 - d.scale
	if d.scale > 0 && adjusted >= -6 {
		if missing := d.scale + 1 - len(digits); missing > 0 {
			digits = strings.Repeat("0", missing) + digits
		}
		return sign + digits[:len(digits)-d.scale] + "." + digits[len(digits)-d.scale:]
	}
	text := sign + digits[:1]
	if len(digits) > 1 {
		text += "." + digits[1:]
	}
	if adjusted == 0 {
		return text
	}
	plus := ""
	if adjusted > 0 {
		plus = "+"
	}
	return text + "E" + plus + strconv.Itoa(adjusted)
}
