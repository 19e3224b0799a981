package vtl

import (
	"math"
	"strconv"
	"strings"
)

// numberCall calls a method of a number, boolean or char.
func numberCall(value any, method string, args []any) (any, bool, error) {
	switch v := value.(type) {
	case bool:
		return boolCall(v, method, args)
	case Char:
		if method == "charValue" && len(args) == 0 {
			return v, true, nil
		}
		return nil, false, nil
	}
	if !isNumber(value) {
		return nil, false, nil
	}
	if len(args) == 0 {
		return convert(value, method)
	}
	if method == "compareTo" && len(args) == 1 && numberClass(args[0]) == numberClass(value) {
		return int32(compareNumbers(value, args[0])), true, nil
	}
	switch v := value.(type) {
	case int32:
		return integerStatic(v, method, args)
	case int64:
		return longStatic(method, args)
	case float64:
		return doubleStatic(method, args)
	}
	return nil, false, nil
}

func boolCall(v bool, method string, args []any) (any, bool, error) {
	switch {
	case method == "booleanValue" && len(args) == 0:
		return v, true, nil
	case (method == "parseBoolean" || method == "valueOf") && len(args) == 1:
		text, ok := args[0].(string)
		return strings.EqualFold(text, "true"), ok, nil
	case method == "compareTo" && len(args) == 1:
		other, ok := args[0].(bool)
		switch {
		case v == other:
			return int32(0), ok, nil
		case v:
			return int32(1), ok, nil
		}
		return int32(-1), ok, nil
	}
	return nil, false, nil
}

// convert calls the methods of Number, and the questions of Double.
func convert(value any, method string) (any, bool, error) {
	switch method {
	case "intValue":
		if f, ok := value.(float64); ok {
			return clampInt(f), true, nil
		}
		return int32(toLong(value)), true, nil
	case "longValue":
		return toLong(value), true, nil
	case "shortValue":
		return int32(int16(toLong(value))), true, nil
	case "byteValue":
		return int32(int8(toLong(value))), true, nil
	case "doubleValue":
		return toDouble(value), true, nil
	case "floatValue":
		f, _ := strconv.ParseFloat(strconv.FormatFloat(toDouble(value), 'g', -1, 32), 64)
		return f, true, nil
	}
	if f, ok := value.(float64); ok {
		switch method {
		case "isNaN":
			return math.IsNaN(f), true, nil
		case "isInfinite":
			return math.IsInf(f, 0), true, nil
		}
	}
	return nil, false, nil
}

func clampInt(f float64) int32 {
	return int32(max(math.MinInt32, min(math.MaxInt32, clampLong(f))))
}

// integerStatic calls Integer's static methods, which any integer of a template reaches.
func integerStatic(_ int32, method string, args []any) (any, bool, error) {
	switch text, isText := args[0].(string); {
	case isText && (method == "parseInt" || method == "valueOf") && len(args) <= 2:
		radix, ok := radixOf(args)
		n, err := strconv.ParseInt(text, radix, 32)
		if err != nil {
			return nil, ok, errorf("For input string: %q", text)
		}
		return int32(n), ok, nil
	case len(args) == 1 && method == "valueOf":
		n, ok := args[0].(int32)
		return n, ok, nil
	case len(args) == 2:
		return integerPair(method, args)
	}
	n, ok := args[0].(int32)
	if !ok || len(args) != 1 {
		return nil, false, nil
	}
	switch method {
	case "toHexString":
		return strconv.FormatUint(uint64(uint32(n)), 16), true, nil
	case "toOctalString":
		return strconv.FormatUint(uint64(uint32(n)), 8), true, nil
	case "toBinaryString":
		return strconv.FormatUint(uint64(uint32(n)), 2), true, nil
	case "toString":
		return strconv.Itoa(int(n)), true, nil
	}
	return nil, false, nil
}

func integerPair(method string, args []any) (any, bool, error) {
	a, first := args[0].(int32)
	b, second := args[1].(int32)
	if !first || !second {
		return nil, false, nil
	}
	switch method {
	case "max":
		return max(a, b), true, nil
	case "min":
		return min(a, b), true, nil
	case "sum":
		return a + b, true, nil
	case "compare":
		return int32(compareOrdered(int64(a), int64(b))), true, nil
	case "toString":
		radix, ok := radixOf(args)
		return strconv.FormatInt(int64(a), radix), ok, nil
	}
	return nil, false, nil
}

// radixOf returns the second argument, or 10.
func radixOf(args []any) (int, bool) {
	if len(args) < 2 {
		return 10, true
	}
	radix, ok := args[1].(int32)
	if !ok || radix < 2 || radix > 36 {
		return 10, false
	}
	return int(radix), true
}

func longStatic(method string, args []any) (any, bool, error) {
	text, isText := args[0].(string)
	switch {
	case isText && (method == "parseLong" || method == "valueOf") && len(args) <= 2:
		radix, ok := radixOf(args)
		n, err := strconv.ParseInt(text, radix, 64)
		if err != nil {
			return nil, ok, errorf("For input string: %q", text)
		}
		return n, ok, nil
	case method == "valueOf" && len(args) == 1 && numberClass(args[0]) > 0 && numberClass(args[0]) < 3:
		return toLong(args[0]), true, nil
	case len(args) == 2 && isNumber(args[0]) && isNumber(args[1]):
		switch method {
		case "max":
			return max(toLong(args[0]), toLong(args[1])), true, nil
		case "min":
			return min(toLong(args[0]), toLong(args[1])), true, nil
		}
	}
	return nil, false, nil
}

func doubleStatic(method string, args []any) (any, bool, error) {
	if text, isText := args[0].(string); isText && len(args) == 1 &&
		(method == "parseDouble" || method == "valueOf") {
		f, err := strconv.ParseFloat(strings.TrimRight(strings.TrimSpace(text), "dDfF"), 64)
		if err != nil && !math.IsInf(f, 0) {
			return nil, true, errorf("For input string: %q", text)
		}
		return f, true, nil
	}
	if len(args) == 2 && isNumber(args[0]) && isNumber(args[1]) {
		switch method {
		case "max":
			return max(toDouble(args[0]), toDouble(args[1])), true, nil
		case "min":
			return min(toDouble(args[0]), toDouble(args[1])), true, nil
		}
	}
	return nil, false, nil
}
