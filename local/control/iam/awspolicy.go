package iam

import (
	_ "embed"
	"encoding/json"
	"regexp"
	"strings"
	"sync"

	"portico/local/provision"
)

// awsPolicyTexts are managed policies of AWS's, by path and name: actions by resource, each list
// one statement that allows them.
//
//go:embed awspolicies.json
var awsPolicyTexts []byte

// awsShape is the ARN of a managed policy of AWS's.
var awsShape = regexp.MustCompile(`^arn:aws[a-z-]*:iam::aws:policy/([\w+=,.@/-]*[\w+=,.@-])$`)

// published is when AWS's own policies were made.
//
// Unlike AWS: all at once.
const published = "2015-02-06T18:40:58Z"

// awsDocuments reads the documents of awsPolicyTexts once, by path and name.
var awsDocuments = sync.OnceValue(func() map[string]string {
	var actions map[string]map[string]string
	if err := json.Unmarshal(awsPolicyTexts, &actions); err != nil {
		return nil // TestAWSPoliciesAreThere fails
	}
	documents := map[string]string{}
	for name, statements := range actions {
		var all []any
		for _, list := range sortedNames(statements) {
			all = append(all, map[string]any{
				"Effect": "Allow", "Action": strings.Split(list, ","), "Resource": statements[list],
			})
		}
		text, err := json.Marshal(map[string]any{"Version": latest, "Statement": all})
		if err != nil {
			return nil
		}
		documents[name] = string(text)
	}
	return documents
})

// awsPolicy returns a managed policy of AWS's; nil for what is no ARN of one.
//
// Unlike AWS: every name is one of AWS's. Of one whose document is not known nothing is allowed.
func awsPolicy(arn string) *Policy {
	parts := awsShape.FindStringSubmatch(arn)
	if parts == nil {
		return nil
	}
	path, name := "/", parts[1]
	if at := strings.LastIndexByte(name, '/'); at >= 0 {
		path, name = "/"+name[:at+1], name[at+1:]
	}
	document := awsDocuments()[parts[1]]
	if known := provision.AWSPolicy(arn); known != nil {
		document = string(known)
	}
	return &Policy{
		Name: name, Path: path, ARN: arn, Created: published, Updated: published, isAWS: true,
		Default: "v1", Last: 1, Versions: []Version{{ID: "v1", Document: document, Created: published}},
	}
}

// awsPolicies lists the managed policies of AWS's whose documents are known.
func awsPolicies() []*Policy {
	var all []*Policy
	for _, name := range append(sortedNames(awsDocuments()),
		"AdministratorAccess", "PowerUserAccess", "AmazonAPIGatewayInvokeFullAccess") {
		all = append(all, awsPolicy("arn:aws:iam::aws:policy/"+name))
	}
	return all
}
