package authorize

import (
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
)

// The tokens of RFC 7515, appendix A, and of RFC 8037, appendix A.4.
const (
	rfcClaims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9p" +
		"c19yb290Ijp0cnVlfQ"
	rfc7515A1 = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + rfcClaims +
		".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	rfc7515A2 = "eyJhbGciOiJSUzI1NiJ9." + rfcClaims +
		".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W" +
		"2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkS" +
		"jtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnv" +
		"Wh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
	rfc7515A3 = "eyJhbGciOiJFUzI1NiJ9." + rfcClaims +
		".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
	rfc7515A4 = "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA." +
		"AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7Xdt" +
		"AG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"
	rfc7515A5 = "eyJhbGciOiJub25lIn0." + rfcClaims + "."
	rfc8037   = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc." +
		"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"

	rfc7515A2Modulus = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qP" +
		"CJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0" +
		"LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qC" +
		"o5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRW" +
		"yuXpoQ"
)

func rfcKey(t *testing.T) *rsa.PublicKey {
	t.Helper()
	modulus, err := base64.RawURLEncoding.DecodeString(rfc7515A2Modulus)
	if err != nil {
		t.Fatal(err)
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: 65537}
}

// AWS verifies RSA signatures alone, so every other vector is refused before a key is asked for.
func TestSignatureVectors(t *testing.T) {
	key := rfcKey(t)
	last := strings.LastIndexByte(rfc7515A2, '.')
	const unverified = "unable to verify signature"
	rows := []struct {
		name, token string
		key         rsaKey
		want        string // "" verifies
	}{
		{"RFC 7515 A.1, HS256", rfc7515A1, rsaKey{public: key}, "signing method HS256 is invalid"},
		{"RFC 7515 A.2, RS256", rfc7515A2, rsaKey{public: key}, ""},
		{"RFC 7515 A.2 with a key for RS256", rfc7515A2, rsaKey{public: key, algorithm: "RS256"}, ""},
		{
			"RFC 7515 A.2 with a key for RS384", rfc7515A2,
			rsaKey{public: key, algorithm: "RS384"},
			unverified,
		},
		{"RFC 7515 A.3, ES256", rfc7515A3, rsaKey{public: key}, "signing method ES256 is invalid"},
		{"RFC 7515 A.4, ES512", rfc7515A4, rsaKey{public: key}, "signing method ES512 is invalid"},
		{"RFC 7515 A.5, none", rfc7515A5, rsaKey{public: key}, "signing method none is invalid"},
		{"RFC 8037 A.4, EdDSA", rfc8037, rsaKey{public: key}, "signing method EdDSA is invalid"},
		{
			"A.2 under the header of A.5", "eyJhbGciOiJub25lIn0" + rfc7515A2[20:],
			rsaKey{public: key},
			"signing method none is invalid",
		},
		{"A.2 without its signature", rfc7515A2[:last+1], rsaKey{public: key}, unverified},
		{"A.2 with half of its signature", rfc7515A2[:last+171], rsaKey{public: key}, unverified},
		{
			"A.2 with other claims", strings.Replace(rfc7515A2, rfcClaims, "e30", 1),
			rsaKey{public: key},
			unverified,
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			signed, err := splitToken(r.token)
			if err == nil {
				err = signed.verify(r.key)
			}
			got := ""
			if err != nil {
				got = err.(*tokenError).description
			}
			if got != r.want {
				t.Errorf("got %q (%v), want %q", got, err, r.want)
			}
		})
	}
}
