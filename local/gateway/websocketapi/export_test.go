package websocketapi

// SelectKey compiles an expression and evaluates it.
func SelectKey(expression, body string) (key string, ok bool) {
	e, err := compileExpression(expression)
	if err != nil {
		return "", false
	}
	return e.evaluate(body)
}
