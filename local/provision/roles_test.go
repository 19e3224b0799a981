package provision

import (
	"encoding/json"
	"testing"
)

func TestReadOfRoles(t *testing.T) {
	app, _ := read(t, "roles.yaml", Options{})
	equal(t, "roles", []Role{
		{
			Name: "admin", ARN: "arn:aws:iam::123456789012:role/admin",
			Policies: []json.RawMessage{
				json.RawMessage(`{"Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}],` +
					`"Version":"2012-10-17"}`),
				json.RawMessage(`{"Statement":[{"Sid":"Shared"}]}`),
				json.RawMessage(`{"Statement":[{"Effect":"Allow","Action":["execute-api:Invoke",` +
					`"execute-api:ManageConnections"],"Resource":"arn:aws:execute-api:*:*:*"}]}`),
				json.RawMessage(`{"Statement":[{"Sid":"Late"}]}`),
				json.RawMessage(`{"Statement":[{"Sid":"Own"}]}`),
			},
		},
		{Name: "bounded", ARN: "arn:aws:iam::123456789012:role/bounded"},
	}, app.Roles)
}
