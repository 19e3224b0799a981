package provision

import (
	"encoding/json"
	"testing"
)

func documents(texts ...string) []json.RawMessage {
	var all []json.RawMessage
	for _, text := range texts {
		all = append(all, json.RawMessage(text))
	}
	return all
}

func TestReadOfRoles(t *testing.T) {
	app, _ := read(t, "roles.yaml", Options{})
	equal(t, "roles", []Principal{
		{
			Name: "admin", ARN: "arn:aws:iam::123456789012:role/admin",
			Policies: documents(
				`{"Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}],`+
					`"Version":"2012-10-17"}`,
				`{"Statement":[{"Sid":"Shared"}]}`,
				`{"Statement":[{"Effect":"Allow","Action":["execute-api:Invoke",`+
					`"execute-api:ManageConnections"],"Resource":"arn:aws:execute-api:*:*:*"}]}`,
				`{"Statement":[{"Sid":"Late"}]}`,
				`{"Statement":[{"Sid":"Own"}]}`,
			),
		},
		{ // AWS's ReadOnlyAccess is not known here, so it bounds to nothing
			Name: "bounded", ARN: "arn:aws:iam::123456789012:role/bounded",
			Policies: documents(`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`),
			Boundary: json.RawMessage(`{"Statement":[]}`),
		},
		{
			Name: "limited", ARN: "arn:aws:iam::123456789012:role/teams/limited",
			Boundary: json.RawMessage(`{"Statement":[{"Sid":"Shared"}]}`),
			Tags:     map[string]string{"team": "orders"},
		},
	}, app.Roles)
}

func TestReadOfUsers(t *testing.T) {
	app, _ := read(t, "roles.yaml", Options{})
	ofGroup := []string{`{"Statement":[{"Sid":"OfGroup"}]}`, `{"Statement":[{"Sid":"LateOfGroup"}]}`}
	if len(app.Users) != 2 || len(app.Users[1].Keys) != 1 {
		t.Fatalf("got %+v", app.Users)
	}
	key := app.Users[1].Keys[0]
	if len(key.ID) != len("AKIAIOSFODNN7EXAMPLE") || len(key.Secret) != 40 {
		t.Errorf("the key is %+v", key)
	}
	equal(t, "users", []Principal{
		{
			Name: "guest", ARN: "arn:aws:iam::123456789012:user/guest", Policies: documents(ofGroup...),
		},
		{
			Name: "partner", ARN: "arn:aws:iam::123456789012:user/partner",
			Policies: documents(append([]string{
				`{"Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],` +
					`"Resource":"*"}]}`,
				`{"Statement":[{"Sid":"OfUser"}]}`,
			}, ofGroup...)...),
			Keys: []AccessKey{key},
		},
	}, app.Users)
}
