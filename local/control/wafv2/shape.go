package wafv2

import (
	"encoding/base64"
	"encoding/json"

	"portico/local/control/model"
)

// The members in which AWS's API and CloudFormation differ.
const (
	searchString = "SearchString"       // of bytes in the API
	searchBase64 = "SearchStringBase64" // what CloudFormation calls those
	reference    = "ARN"                // of a group or set, in the API
	referenceCF  = "Arn"                // in CloudFormation
	patternList  = "RegularExpressionList"
	regexString  = "RegexString"
)

// unblobbed returns a value whose blobs are base64, as they are printed.
func unblobbed(value any) any {
	switch value := value.(type) {
	case model.Object:
		made := make(model.Object, len(value))
		for name, inner := range value {
			made[name] = unblobbed(inner)
		}
		return made
	case []any:
		made := make([]any, len(value))
		for i, inner := range value {
			made[i] = unblobbed(inner)
		}
		return made
	case []byte:
		return base64.StdEncoding.EncodeToString(value)
	}
	return value
}

// templated returns a value in CloudFormation's shape.
func templated(value any) any {
	switch value := value.(type) {
	case model.Object:
		made := make(map[string]any, len(value))
		for name, inner := range value {
			switch name {
			case searchString:
				name = searchBase64
			case reference:
				name = referenceCF
			}
			made[name] = templated(inner)
		}
		return made
	case []any:
		made := make([]any, len(value))
		for i, inner := range value {
			made[i] = templated(inner)
		}
		return made
	}
	return value
}

// resource returns the entity in CloudFormation's shape.
func (i *item) resource() Resource {
	properties, _ := templated(i.Given).(map[string]any)
	if properties == nil {
		properties = map[string]any{}
	}
	properties["Name"], properties["Scope"] = i.Name, "REGIONAL"
	if i.Type == typePatterns {
		patterns := []any{}
		for _, one := range i.Given.Objects(patternList) {
			patterns = append(patterns, one.Text(regexString))
		}
		properties[patternList] = patterns
	}
	return Resource{Type: i.Type, Name: i.Name, ID: i.ID, ARN: i.ARN, Properties: properties}
}

// describe turns a resource of a template into an entity; nil for one that is none.
func describe(from Resource) *item {
	made := &item{
		Type: from.Type, Name: from.Name, ID: from.ID, ARN: from.ARN, LockToken: from.ID,
		described: true,
	}
	text, err := json.Marshal(from.Properties)
	if err != nil {
		return nil
	}
	var properties model.Object
	if json.Unmarshal(text, &properties) != nil {
		return nil
	}
	plain, _ := untemplated(properties).(model.Object)
	made.Description = plain.Text("Description")
	made.Tags = model.OfPairs(plain.Objects("Tags"))
	for _, k := range kinds() {
		if k.cloudFormation == from.Type {
			made.Given = model.Object{}.Take(plain, k.given...)
			return made
		}
	}
	return nil
}

// untemplated is the inverse of templated.
func untemplated(value any) any {
	switch value := value.(type) {
	case model.Object:
		made := make(model.Object, len(value))
		for name, inner := range value {
			text, isText := inner.(string)
			switch {
			case name == searchString && isText:
				made[name] = base64.StdEncoding.EncodeToString([]byte(text))
			case name == searchBase64:
				made[searchString] = inner
			case name == referenceCF:
				made[reference] = inner
			case name == patternList:
				made[name] = expressions(inner)
			default:
				made[name] = untemplated(inner)
			}
		}
		return made
	case []any:
		made := make([]any, len(value))
		for i, inner := range value {
			made[i] = untemplated(inner)
		}
		return made
	}
	return value
}

// expressions turns a list of texts into the API's list of objects.
func expressions(value any) any {
	items, _ := value.([]any)
	made := make([]any, 0, len(items))
	for _, one := range items {
		made = append(made, model.Object{regexString: one})
	}
	return made
}
