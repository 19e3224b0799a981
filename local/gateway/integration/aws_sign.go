package integration

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"portico/local/gateway/clock"
)

// signatureLines are the header lines a signature consists of.
var signatureLines = []string{
	"Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256",
}

// sign adds an AWS Signature Version 4 to a request. The URL gets the form that was signed.
func (b *AWSBackend) sign(ctx context.Context, request *HTTPRequest) error {
	if !b.Credentials.HasKeys() {
		return misconfigured(ErrAddress, "no credentials to sign the call of %s with", b.Service.Name)
	}
	if _, err := parseAddress(request.URL); err != nil {
		return err
	}
	address, err := url.Parse(request.URL)
	if err != nil {
		return misconfigured(ErrAddress, "Invalid endpoint address: %v", err)
	}
	signed := &http.Request{
		Method: request.Method, URL: address, Host: address.Host,
		Header:        make(http.Header, len(request.Header)+len(signatureLines)),
		ContentLength: int64(len(request.Body)),
	}
	if b.Service.Subdomain != "" {
		signed.Host = b.Service.Subdomain + "." + address.Host
		request.Header.Set("Host", signed.Host)
	}
	for _, field := range request.Header {
		if !strings.EqualFold(field.Name, "Host") {
			signed.Header.Add(field.Name, field.Value)
		}
	}
	sum := sha256.Sum256(request.Body)
	hash := hex.EncodeToString(sum[:])
	isS3 := b.Service.Name == "s3"
	if isS3 {
		signed.Header.Set("X-Amz-Content-Sha256", hash)
	}
	err = v4.NewSigner().SignHTTP(ctx, b.Credentials, signed, hash, b.Service.signingName(),
		b.Service.Region, clock.Unmoved(b.Clock).Now(),
		func(o *v4.SignerOptions) { o.DisableURIPathEscaping = isS3 })
	if err != nil {
		return misconfigured(ErrAddress, "signing the call of %s: %v", b.Service.Name, err)
	}
	for _, name := range signatureLines {
		if value := signed.Header.Get(name); value != "" {
			request.Header.Set(name, value)
		}
	}
	request.URL = signed.URL.String()
	return nil
}
