package firewall

import (
	"net/url"
	"testing"

	"portico/local/gateway/exchange"
)

// ordinaryTexts are what people and programs send to APIs, with what resembles an attack in it.
func ordinaryTexts() []string {
	return []string{
		`It's a nice day, isn't it? Let's meet at O'Connor's or at Dave & Anne's; I bring "it".`,
		`Please select a chair from the catalogue, and drop it at the table; update us where needed.`,
		`50% off, today only! Order by 5 pm and get 2 for 1 (limit 10 per customer).`,
		`The union has selected all members; the select committee meets on Monday or Tuesday.`,
		`Insert the key into the lock, then delete the old one from the list. Having fun? Group by age.`,
		`C++ & C#: if (a == b && c > d) { x = y + 1; } else { return f(a, b)[0]; }`,
		`Call me at +49 (0)30 1234-567, or mail to anne.o'neil@example.com; thanks -- Anne`,
		`Der Preis beträgt 1.234,56 € (inkl. MwSt.); Größe: 10' x 12"; "Zitat"`,
		`<3 you all! :-) ;-) >_< -> see https://example.com/a/b?c=d&e=f#g`,
		`# Title\n\n* item **bold**\n* [link](https://example.com/x)\n\n> quote`,
		`The cat & the dog: time to find more food, less sleep; go home, make dinner, who knows?`,
		`Curl up with a book.`, `Bash the drum, ruby.`, `Dash to the shop: php 8 is out.`,
		`ls 460 of 1992, one owner`, `node 7 is down`, `JavaScript: the parts that are good`,
		`1./2./3. place`, `wait... / what?`, `see ../images, or ./readme`, `and so on.../`,
		`a/./b`, `{"up":"../","list":["..","."],"win":"C:\\Users\\anne"}`, `0x2e is a dot`,
		`Set the date; sort the files; cut the paper. Test it; watch the host. Echo the sentiment.`,
		`Dear user (optional), your password (min. 12 characters) expires in 3 days.`,
		`Table lamps, database design, schema drawings and alter egos; create something, grant a wish.`,
		`Size: 10 x 12 in. (25 x 30 cm) | Colour: brass | SKU: LMP-0042/7`,
		`Tom said: "I love it"; Jane: 'me too'. #lamp @home $5 100%`,
		`{"query":"query($id: ID!) { order(id: $id) { id, items { sku }, total } }","variables":{}}`,
		`[{"op":"replace","path":"/items/0/quantity","value":3},{"op":"remove","path":"/note"}]`,
		`{"html":"Hello <b>Anne</b>, <br/>your order &amp; invoice","price":{"min":1,"max":99}}`,
		`{"url":"https://cdn.example.com/img/2026/11/lamp-brass@2x.png?w=640&q=80&fit=crop"}`,
		`{"template":"Hello {{name}}, your order ${order} of {date} is on its way"}`,
		`{"cron":"0 */4 * * *","range":"A1:B20","formula":"=SUM(A1:A9)*1.19","regex":"^[a-z]+$"}`,
		`{"path":"../images/logo.png","command":"print","shell":"conch","bin":"7","log":"on"}`,
		`{"token":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}`,
		`{"image":"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"}`,
		`<?xml version="1.0" encoding="UTF-8"?><order id="1"><item sku="A-1" quantity="2"/></order>`,
		`id,name,price\n1,"Lamp, brass",49.90\n2,"Chair ""Anne""",120.00`,
		`{"text":"日本語のテキスト、“引用”と‘引用’; ¿Qué tal? Ça va. Привет, мир!"}`,
		`{"address":"12/14 Bin Lane, Suite #5; c/o O'Hara & Sons","coordinates":[52.5,13.4]}`,
		`{"message":"I can't log in; it says 'user not found' or 'wrong password' -- please help"}`,
		`{"filter":"status eq 'open' and total gt 100","select":"id,total","orderby":"created desc"}`,
	}
}

func TestOrdinaryTextsComeIn(t *testing.T) {
	acl := groupsOf(t, "Common", "KnownBadInputs", "SQLi", "Linux", "Unix", "PHP")
	for _, text := range ordinaryTexts() {
		form := posted("note=" + url.QueryEscape(text) + "&name=Anne")
		form.Header.Add("Content-Type", "application/x-www-form-urlencoded")
		for way, r := range map[string]*exchange.Request{
			"body": posted(text), "form": form, "argument": argumentOf(url.QueryEscape(text)),
		} {
			if got := acl.Inspect(r); got.Action != Allow {
				t.Errorf("as %s, %s blocks: %s", way, got.decider(), text)
			}
		}
	}
}
