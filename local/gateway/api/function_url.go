package api

// FunctionURL is the URL of a Lambda function.
type FunctionURL struct {
	ID          string // what its host begins with
	Name        string // of the function, with "-url": "orders-url", "orders-live-url"
	Account     Account
	FunctionARN string // with the alias that the URL is of
	AuthType    string // NONE, AWS_IAM
	InvokeMode  string // BUFFERED, RESPONSE_STREAM
	CORS        *CORS  // nil without a configuration
	// Policy is what the resource policy of the function or alias says, as an IAM document; nil
	// for none.
	Policy []byte
}

// Host is the name that the URL has on AWS.
func (u *FunctionURL) Host() string { return u.ID + ".lambda-url." + u.Account.Region + ".on.aws" }
