package authorize_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"portico/local/gateway/authorize"
	"portico/local/gateway/exchange"
)

// vector is a case of the Signature Version 4 test suite that AWS publishes, under its own name:
// a request, the hash of its canonical form, and its signature.
type vector struct {
	name, method, target string
	header               []string // names and values, besides Host and X-Amz-Date
	body                 string
	token                string // of the session
	unsigned             bool   // the token stands beside what is signed
	normalized           bool   // is signed without dot segments and doubled slashes
	hash, signature      string
}

const (
	vectorHost  = "example.amazonaws.com"
	vectorStamp = "20150830T123600Z"
	vectorToken = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfI" +
		"eoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0" +
		"wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDry" +
		"pNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
)

var (
	vectorTime  = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	vectorScope = authorize.Scope{Region: "us-east-1", Service: "service"}
)

// request returns the case as it arrives, with a signature.
func (v vector) request(signature string) *exchange.Request {
	path, query, _ := strings.Cut(v.target, "?")
	r := &exchange.Request{
		Method: v.method, RawPath: path, RawQuery: query, Host: vectorHost, Body: []byte(v.body),
		Header: exchange.Header{
			{Name: "Host", Value: vectorHost}, {Name: "X-Amz-Date", Value: vectorStamp},
		},
	}
	signed := []string{"host", "x-amz-date"}
	for i := 0; i < len(v.header); i += 2 {
		r.Header.Add(v.header[i], v.header[i+1])
		signed = append(signed, strings.ToLower(v.header[i]))
	}
	if v.token != "" {
		r.Header.Add("X-Amz-Security-Token", v.token)
		if !v.unsigned {
			signed = append(signed, "x-amz-security-token")
		}
	}
	slices.Sort(signed)
	r.Header.Add("Authorization", "AWS4-HMAC-SHA256 "+
		"Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders="+
		strings.Join(slices.Compact(signed), ";")+", Signature="+signature)
	return r
}

// keys returns the credentials that the suite signs with.
func (v vector) keys() keyring {
	return keyring{"AKIDEXAMPLE": {SecretAccessKey: sigSecret, SessionToken: v.token}}
}

func TestSigV4Suite(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			_, err := authorize.VerifySigV4(v.request(v.signature), vectorScope, v.keys(), vectorTime)
			if v.unsigned {
				// The suite leaves it to the service whether the token is signed; here it must be.
				const want = "'x-amz-security-token' must be a 'SignedHeader'"
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error = %v, want one about the token that is not signed", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			wrong := strings.Repeat("0", len(v.signature))
			_, err = authorize.VerifySigV4(v.request(wrong), vectorScope, v.keys(), vectorTime)
			var refused *authorize.SignatureError
			if !errors.As(err, &refused) {
				t.Fatalf("another signature: error = %v, want a SignatureError", err)
			}
			const before = "The Canonical String for this request should have been\n'"
			_, text, _ := strings.Cut(refused.Message, before)
			canonical, text, _ := strings.Cut(text, "'\n\nThe String-to-Sign should have been\n'")
			sum := sha256.Sum256([]byte(canonical))
			got := hex.EncodeToString(sum[:])
			if got != v.hash && !v.normalized { // the message shows the path as it was sent
				t.Errorf("canonical request %q has the hash %s, want %s", canonical, got, v.hash)
			}
			if !strings.HasSuffix(strings.TrimSuffix(text, "'\n"), got) {
				t.Errorf("the string to sign %q does not end with %s", text, got)
			}
		})
	}
}

// vectors are the cases of the suite.
var vectors = []vector{
	{
		name: "get-header-key-duplicate", method: "GET", target: "/",
		header:    []string{"My-Header1", "value2", "My-Header1", "value2", "My-Header1", "value1"},
		hash:      "dc7f04a3abfde8d472b0ab1a418b741b7c67174dad1551b4117b15527fbe966c",
		signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
	},
	{
		name: "get-header-value-multiline", method: "GET", target: "/",
		header:    []string{"My-Header1", "value1\n  value2\n     value3"},
		hash:      "e99419459a677bc11de234014be3c4e72c1ea5b454ceb58b613061f5d7a162e8",
		signature: "cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd",
	},
	{
		name: "get-header-value-order", method: "GET", target: "/",
		header:    []string{"My-Header1", "value4", "My-Header1", "value1", "My-Header1", "value3", "My-Header1", "value2"},
		hash:      "31ce73cd3f3d9f66977ad3dd957dc47af14df92fcd8509f59b349e9137c58b86",
		signature: "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
	},
	{
		name: "get-header-value-trim", method: "GET", target: "/",
		header:    []string{"My-Header1", " value1", "My-Header2", " \"a   b   c\""},
		hash:      "a726db9b0df21c14f559d0a978e563112acb1b9e05476f0a6a1c7d68f28605c7",
		signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
	},
	{
		name: "get-unreserved", method: "GET",
		target: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx" +
			"yz",
		hash:      "6a968768eefaa713e2a6b16b589a8ea192661f098f37349f4e2c0082757446f9",
		signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
	},
	{
		name: "get-utf8", method: "GET", target: "/ሴ",
		hash:      "2a0a97d02205e45ce2e994789806b19270cfbbb0921b278ccf58f5249ac42102",
		signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
	},
	{
		name: "get-vanilla-empty-query-key", method: "GET", target: "/?Param1=value1",
		hash:      "1e24db194ed7d0eec2de28d7369675a243488e08526e8c1c73571282f7c517ab",
		signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
	},
	{
		name: "get-vanilla-query-order-encoded", method: "GET", target: "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
		hash:      "868294f5c38bd141c4972a373a76654f1418a8e4fc18b2e7903ae45e8ae0ec71",
		signature: "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
	},
	{
		name: "get-vanilla-query-order-key-case", method: "GET", target: "/?Param2=value2&Param1=value1",
		hash:      "816cd5b414d056048ba4f7c5386d6e0533120fb1fcfa93762cf0fc39e2cf19e0",
		signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
	},
	{
		name: "get-vanilla-query-order-key", method: "GET", target: "/?Param1=value2&Param1=Value1",
		hash:      "704b4cef673542d84cdff252633f065e8daeba5f168b77116f8b1bcaf3d38f89",
		signature: "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1",
	},
	{
		name: "get-vanilla-query-order-value", method: "GET", target: "/?Param1=value2&Param1=value1",
		hash:      "c968629d70850097a2d8781c9bf7edcb988b04cac14cca9be4acc3595f884606",
		signature: "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694",
	},
	{
		name: "get-vanilla-query-unreserved", method: "GET",
		target: "/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvw" +
			"xyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
		hash:      "c30d4703d9f799439be92736156d47ccfb2d879ddf56f5befa6d1d6aab979177",
		signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
	},
	{
		name: "get-vanilla-query", method: "GET", target: "/",
		hash:      "bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63",
		signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
	},
	{
		name: "get-vanilla-utf8-query", method: "GET", target: "/?ሴ=bar",
		hash:      "eb30c5bed55734080471a834cc727ae56beb50e5f39d1bff6d0d38cb192a7073",
		signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
	},
	{
		name: "get-vanilla-with-session-token", method: "GET", target: "/",
		token:     "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267",
		hash:      "067b36aa60031588cea4a4cde1f21215227a047690c72247f1d70b32fbbfad2b",
		signature: "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
	},
	{
		name: "get-vanilla", method: "GET", target: "/",
		hash:      "bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63",
		signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
	},
	{
		name: "get-relative-relative", method: "GET", target: "/example1/example2/../..",
		normalized: true,
		hash:       "bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63",
		signature:  "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
	},
	{
		name: "get-relative", method: "GET", target: "/example/..",
		normalized: true,
		hash:       "bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63",
		signature:  "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
	},
	{
		name: "get-slash-dot-slash", method: "GET", target: "/./",
		normalized: true,
		hash:       "bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63",
		signature:  "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
	},
	{
		name: "get-slash-pointless-dot", method: "GET", target: "/./example",
		normalized: true,
		hash:       "214d50c111a8edc4819da6a636336472c916b5240f51e9a51b5c3305180cf702",
		signature:  "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5",
	},
	{
		name: "get-slash", method: "GET", target: "//",
		normalized: true,
		hash:       "bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63",
		signature:  "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
	},
	{
		name: "get-slashes", method: "GET", target: "//example//",
		normalized: true,
		hash:       "cb96b4ac96d501f7c5c15bc6d67b3035061cfced4af6585ad927f7e6c985c015",
		signature:  "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
	},
	{
		name: "get-space", method: "GET", target: "/example space/",
		hash:      "63ee75631ed7234ae61b5f736dfc7754cdccfedbff4b5128a915706ee9390d86",
		signature: "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
	},
	{
		name: "get-special-character", method: "GET", target: "/example/$delete",
		hash:      "4053e45b5cef7cec5e17f736b1c12b3faf0388fd4c0bd24326386f132039ce5c",
		signature: "a853c9b21b528b19643d00910d35b83a10c366a10833ceefb45edd6c80e40f27",
	},
	{
		name: "post-header-key-case", method: "POST", target: "/",
		hash:      "553f88c9e4d10fc9e109e2aeb65f030801b70c2f6468faca261d401ae622fc87",
		signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
	},
	{
		name: "post-header-key-sort", method: "POST", target: "/",
		header:    []string{"My-Header1", "value1"},
		hash:      "9368318c2967cf6de74404b30c65a91e8f6253e0a8659d6d5319f1a812f87d65",
		signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
	},
	{
		name: "post-header-value-case", method: "POST", target: "/",
		header:    []string{"My-Header1", "VALUE1"},
		hash:      "d51ced243e649e3de6ef63afbbdcbca03131a21a7103a1583706a64618606a93",
		signature: "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
	},
	{
		name: "post-sts-header-after", method: "POST", target: "/",
		token: vectorToken, unsigned: true,
		hash:      "553f88c9e4d10fc9e109e2aeb65f030801b70c2f6468faca261d401ae622fc87",
		signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
	},
	{
		name: "post-sts-header-before", method: "POST", target: "/",
		token:     vectorToken,
		hash:      "c237e1b440d4c63c32ca95b5b99481081cb7b13c7e40434868e71567c1a882f6",
		signature: "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
	},
	{
		name: "post-vanilla-empty-query-value", method: "POST", target: "/?Param1=value1",
		hash:      "9d659678c1756bb3113e2ce898845a0a79dbbc57b740555917687f1b3340fbbd",
		signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
	},
	{
		name: "post-vanilla-query", method: "POST", target: "/?Param1=value1",
		hash:      "9d659678c1756bb3113e2ce898845a0a79dbbc57b740555917687f1b3340fbbd",
		signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
	},
	{
		name: "post-vanilla", method: "POST", target: "/",
		hash:      "553f88c9e4d10fc9e109e2aeb65f030801b70c2f6468faca261d401ae622fc87",
		signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
	},
	{
		name: "post-x-www-form-urlencoded-parameters", method: "POST", target: "/",
		header:    []string{"Content-Type", "application/x-www-form-urlencoded; charset=utf8"},
		body:      "Param1=value1",
		hash:      "2e1cf7ed91881a30569e46552437e4156c823447bf1781b921b5d486c568dd1c",
		signature: "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
	},
	{
		name: "post-x-www-form-urlencoded", method: "POST", target: "/",
		header:    []string{"Content-Type", "application/x-www-form-urlencoded"},
		body:      "Param1=value1",
		hash:      "42a5e5bb34198acb3e84da4f085bb7927f2bc277ca766e6d19c73c2154021281",
		signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
	},
}
