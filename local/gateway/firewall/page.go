package firewall

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"html"
	"math/big"
	"net/url"
	"strconv"
	"strings"
	"time"

	"portico/local/gateway/exchange"
)

// The fields of the form that a CAPTCHA page has.
const (
	puzzleField = "aws-waf-puzzle"
	answerField = "aws-waf-answer"
)

// puzzleAge is how long a puzzle may be solved.
const puzzleAge = 5 * time.Minute

// interrupt answers a request without a valid token ("CAPTCHA and Challenge action behavior"): with
// a page if the client wants one.
func (a *ACL) interrupt(
	v *Verdict, r *exchange.Request, page func(*ACL, *exchange.Request) string,
) {
	v.Status = 405
	name := "captcha"
	if v.Action == Challenge {
		v.Status, name = 202, "challenge"
	}
	v.Headers = exchange.Header{
		{Name: "x-amzn-waf-action", Value: name},
		{Name: "Cache-Control", Value: "no-store, max-age=0"},
	}
	if !strings.Contains(strings.ToLower(r.Header.Get("Accept")), "text/html") {
		return
	}
	v.Headers.Add("Content-Type", "text/html; charset=UTF-8")
	v.Body = []byte(page(a, r))
}

func document(title, body string) string {
	return "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">" +
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" + title +
		"</title>\n<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;" +
		"padding:0 1rem}input,button{font:inherit;padding:.25rem .5rem}</style></head>\n" +
		"<body>\n<main>\n" + body + "</main>\n</body>\n</html>\n"
}

// challengePage has a script that keeps the token and asks again.
//
// Unlike AWS: that a script runs is all the page finds out about the browser.
func challengePage(a *ACL, r *exchange.Request) string {
	line := a.tokens.cookie(r, a.tokens.renew(r, Challenge, a.clock.Now()))
	quoted, err := json.Marshal(line) // which leaves no "<" as it is
	if err != nil {
		quoted = []byte(`""`) // no string is refused
	}
	return document("Checking your browser", "<p id=\"state\">Checking your browser…</p>\n"+
		"<noscript><p>This page needs JavaScript.</p></noscript>\n<script>\n"+
		"document.cookie = "+string(quoted)+";\n"+
		"if (document.cookie.includes(\""+tokenCookie+"=\")) location.reload();\n"+
		"else document.getElementById(\"state\").textContent = \"This page needs cookies.\";\n"+
		"</script>\n")
}

// puzzle is what a person is asked: the sum of two numbers.
type puzzle struct {
	A       int64  `json:"a"`
	B       int64  `json:"b"`
	Expires int64  `json:"e"` // Unix seconds
	Host    string `json:"h"`
}

// captchaPage asks for a sum.
//
// Unlike AWS: the puzzle is one that every program can solve, and a form without a script sends its
// solution to the address of the page.
func captchaPage(a *ACL, r *exchange.Request) string {
	asked := puzzle{
		A: digit(), B: digit(), Expires: a.clock.Now().Add(puzzleAge).Unix(), Host: hostOf(r),
	}
	return document("Human Verification", fmt.Sprintf("<h1>Let's confirm you are human</h1>\n"+
		"<form method=\"post\">\n<input type=\"hidden\" name=\"%s\" value=\"%s\">\n"+
		"<p><label>What is %d plus %d? <input name=\"%s\" inputmode=\"numeric\" autocomplete=\"off\" "+
		"required autofocus></label>\n<button>Confirm</button></p>\n</form>\n", puzzleField,
		html.EscapeString(a.tokens.seal("puzzle", asked)), asked.A, asked.B, answerField))
}

// digit returns a number from 1 to 9.
func digit() int64 {
	n, err := rand.Int(rand.Reader, big.NewInt(9))
	if err != nil { // never, by crypto/rand's word
		return 1
	}
	return n.Int64() + 1
}

// solution answers the form of a CAPTCHA page; ok is false for every other request.
func (a *ACL) solution(r *exchange.Request) (answer Verdict, ok bool) {
	if r.Method != "POST" || len(r.Body) > maxInspected ||
		!bytes.Contains(r.Body, []byte(puzzleField+"=")) {
		return Verdict{}, false
	}
	form, err := url.ParseQuery(string(r.Body))
	if err != nil {
		return Verdict{}, false
	}
	var asked puzzle
	if !a.tokens.open("puzzle", form.Get(puzzleField), &asked) || asked.Host != hostOf(r) {
		return Verdict{}, false
	}
	given, err := strconv.ParseInt(strings.TrimSpace(form.Get(answerField)), 10, 64)
	answer = Verdict{Action: Captcha, Solved: true}
	if now := a.clock.Now(); err != nil || given != asked.A+asked.B || now.Unix() > asked.Expires {
		answer.Solved, answer.Captcha = false, &TokenCheck{Failure: tokenMissing}
		a.interrupt(&answer, r, captchaPage)
		return answer, true
	}
	answer.Status = 303
	answer.Headers = exchange.Header{
		{Name: "Location", Value: sameAddress(r)},
		{Name: "Set-Cookie", Value: a.tokens.cookie(r, a.tokens.renew(r, Captcha, a.clock.Now()))},
		{Name: "Cache-Control", Value: "no-store, max-age=0"},
	}
	return answer, true
}

// sameAddress is the address of a request, relative to itself: what it was mounted under is not
// known here.
func sameAddress(r *exchange.Request) string {
	address := "./" + r.RawPath[strings.LastIndexByte(r.RawPath, '/')+1:]
	if r.RawQuery != "" {
		address += "?" + r.RawQuery
	}
	return address
}
