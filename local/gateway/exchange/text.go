package exchange

import (
	"encoding/json"
	"strconv"
)

// Text prints a JSON value the way API Gateway stringifies context values: a string stays as it
// is, a number or boolean is printed, anything else becomes its JSON text.
func Text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int:
		return strconv.Itoa(v)
	case nil:
		return ""
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}
