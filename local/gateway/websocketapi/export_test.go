package websocketapi

import "portico/local/gateway/exchange"

// SelectKey compiles an expression over a message and evaluates it.
func SelectKey(expression, body string) (key string, ok bool) {
	e, err := compileExpression(expression, requestVariables())
	if err != nil {
		return "", false
	}
	from := selectable{body: body}
	return e.evaluate(&from), from.isJSON()
}

// SelectTemplate compiles an expression over an answer and evaluates it.
func SelectTemplate(
	expression, body, status string, header exchange.Header,
) (key string, err error) {
	e, err := compileExpression(expression, responseVariables())
	if err != nil {
		return "", err
	}
	return e.evaluate(&selectable{body: body, status: status, header: header}), nil
}
