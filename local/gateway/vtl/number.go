package vtl

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// ParseNumber reads a number of a JSON text as json-smart does: the smallest of Integer, Long and
// BigInteger that holds it, a Double, or a BigDecimal when its text is longer than 18 characters.
func ParseNumber(text string) any {
	if !strings.ContainsAny(text, ".eE") {
		return parseInteger(text)
	}
	if len(text) > 18 {
		if d, ok := parseDecimal(text); ok {
			return d
		}
	}
	f, _ := strconv.ParseFloat(text, 64)
	return f
}

// parseInteger returns nil when text is no integer.
func parseInteger(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		if n == int64(int32(n)) {
			return int32(n)
		}
		return n
	}
	if len(text) > 4096 {
		return nil
	}
	if n, ok := new(big.Int).SetString(text, 10); ok {
		return n
	}
	return nil
}

func isNumber(value any) bool { return numberClass(value) != 0 }

// numberClass orders the Java classes of numbers by what they can hold; 0 is no number.
func numberClass(value any) int {
	switch value.(type) {
	case int32:
		return 1
	case int64:
		return 2
	case *big.Int:
		return 3
	case float64:
		return 4
	case *Decimal:
		return 5
	}
	return 0
}

// base is the class a calculation with a and b is made in.
func base(a, b any) int {
	x, y := numberClass(a), numberClass(b)
	switch {
	case x == 5 || y == 5, (x == 4 || y == 4) && (x == 3 || y == 3):
		return 5
	}
	return max(x, y)
}

func toLong(value any) int64 {
	switch v := value.(type) {
	case int32:
		return int64(v)
	case int64:
		return v
	case *big.Int:
		return v.Int64()
	case float64:
		return clampLong(v)
	case *Decimal:
		return clampLong(v.float())
	}
	return 0
}

// clampLong is Java's cast of a double to long.
func clampLong(f float64) int64 {
	switch {
	case math.IsNaN(f):
		return 0
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	}
	return int64(f)
}

func toDouble(value any) float64 {
	switch v := value.(type) {
	case int32:
		return float64(v)
	case int64:
		return float64(v)
	case *big.Int:
		f, _ := new(big.Float).SetInt(v).Float64()
		return f
	case float64:
		return v
	case *Decimal:
		return v.float()
	}
	return 0
}

func toBig(value any) *big.Int {
	if n, ok := value.(*big.Int); ok {
		return n
	}
	return big.NewInt(toLong(value))
}

// wrap returns a result of the class of the wider operand, or of the next one that holds it.
func wrap(result int64, class int) any {
	if class == 1 && result == int64(int32(result)) {
		return int32(result)
	}
	return result
}

func compareNumbers(a, b any) int {
	switch base(a, b) {
	case 1, 2:
		return compareOrdered(toLong(a), toLong(b))
	case 3:
		return toBig(a).Cmp(toBig(b))
	case 4:
		return compareOrdered(toDouble(a), toDouble(b))
	}
	return toDecimal(a).rat().Cmp(toDecimal(b).rat())
}

// compareOrdered says 0 of NaN, as Velocity does.
func compareOrdered[T int64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// calculate applies an operator to two numbers; a division by zero is null.
func calculate(op byte, a, b any) any {
	if (op == '/' || op == '%') && compareNumbers(b, int32(0)) == 0 {
		return nil
	}
	class := base(a, b)
	switch class {
	case 1, 2:
		return calculateLong(op, toLong(a), toLong(b), class)
	case 3:
		return calculateBig(op, toBig(a), toBig(b))
	case 4:
		return calculateDouble(op, toDouble(a), toDouble(b))
	}
	return calculateDecimal(op, toDecimal(a), toDecimal(b))
}

func calculateLong(op byte, a, b int64, class int) any {
	exact, overflow := int64(0), false
	switch op {
	case '+':
		exact = a + b
		overflow = (exact^a) < 0 && (exact^b) < 0
	case '-':
		exact = a - b
		overflow = (exact^a) < 0 && (exact^^b) < 0
	case '*':
		exact = a * b
		overflow = b != 0 && (exact/b != a || a == math.MinInt64 && b == -1)
	case '/':
		exact = a / b
	case '%':
		exact = a % b
	}
	if overflow {
		return calculateBig(op, big.NewInt(a), big.NewInt(b))
	}
	return wrap(exact, class)
}

// maxBits bounds the integers a template can make.
const maxBits = 1 << 16

func calculateBig(op byte, a, b *big.Int) any {
	if a.BitLen()+b.BitLen() > maxBits {
		return nil
	}
	switch op {
	case '+':
		return new(big.Int).Add(a, b)
	case '-':
		return new(big.Int).Sub(a, b)
	case '*':
		return new(big.Int).Mul(a, b)
	case '/':
		return new(big.Int).Quo(a, b)
	}
	return new(big.Int).Mod(a, b)
}

func calculateDouble(op byte, a, b float64) any {
	switch op {
	case '+':
		return a + b
	case '-':
		return a - b
	case '*':
		return a * b
	case '/':
		return a / b
	}
	return math.Mod(a, b)
}
