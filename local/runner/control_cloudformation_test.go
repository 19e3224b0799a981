package runner

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// mockAPI is an API that answers by itself, with what stands for TEXT.
const mockAPI = `{"Resources":{
 "Api":{"Type":"AWS::ApiGateway::RestApi","Properties":{"Name":"deployed"}},
 "Method":{"Type":"AWS::ApiGateway::Method","Properties":{"RestApiId":{"Ref":"Api"},
  "ResourceId":{"Fn::GetAtt":["Api","RootResourceId"]},"HttpMethod":"GET","AuthorizationType":"NONE",
  "Integration":{"Type":"MOCK","RequestTemplates":{"application/json":"{\"statusCode\":200}"},
   "IntegrationResponses":[{"StatusCode":"200","ResponseTemplates":{"application/json":"TEXT"}}]},
  "MethodResponses":[{"StatusCode":"200"}]}},
 "DeploymentTEXT":{"Type":"AWS::ApiGateway::Deployment","DependsOn":"Method",
  "Properties":{"RestApiId":{"Ref":"Api"}}},
 "Stage":{"Type":"AWS::ApiGateway::Stage","Properties":{"RestApiId":{"Ref":"Api"},"StageName":"dev",
  "DeploymentId":{"Ref":"DeploymentTEXT"}}}},
 "Outputs":{"Id":{"Value":{"Ref":"Api"},"Export":{"Name":"the-api"}}}}`

// deployer calls the management APIs of a runner with an empty app.
type deployer struct {
	*Runner
	t      *testing.T
	target string // X-Amz-Target of its calls
}

func startEmpty(t *testing.T, state string) deployer {
	t.Helper()
	return deployer{Start(t, Options{Dir: t.TempDir(), State: state, Empty: true}), t, ""}
}

func (d deployer) send(method, path, service string, body []byte) (int, string) {
	d.t.Helper()
	request, err := http.NewRequestWithContext(d.t.Context(), method, d.URL()+path, bytes.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/"+service+
		"/aws4_request, SignedHeaders=host, Signature=0")
	if d.target != "" {
		request.Header.Set("X-Amz-Target", d.target)
	}
	if service == "cloudformation" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// do calls CloudFormation: an action, then names and values.
func (d deployer) do(words ...string) string {
	d.t.Helper()
	form := url.Values{"Action": {words[0]}, "StackName": {words[1]}}
	for i := 2; i+1 < len(words); i += 2 {
		form.Set(words[i], words[i+1])
	}
	status, text := d.send(http.MethodPost, "/", "cloudformation", []byte(form.Encode()))
	if status != http.StatusOK {
		d.t.Fatalf("%v answers %d %s", words, status, text)
	}
	return text
}

// get calls the API that was deployed.
func (d deployer) get() (int, string) {
	d.t.Helper()
	described := d.do("DescribeStacks", "api")
	_, after, _ := strings.Cut(described, "<OutputValue>")
	id, _, _ := strings.Cut(after, "<")
	return d.send(http.MethodGet, "/restapis/"+id+"/dev/_user_request_/", "", nil)
}

func (d deployer) wantStatus(stack, status string) string {
	d.t.Helper()
	text := d.do("DescribeStacks", stack)
	if !strings.Contains(text, "<StackStatus>"+status+"<") {
		d.t.Fatalf("the stack is %s; its events: %s, want %s", text, d.do("DescribeStackEvents", stack),
			status)
	}
	return text
}

func TestADeployedStackIsServed(t *testing.T) {
	state := t.TempDir()
	t.Run("created, updated, and rolled back", func(t *testing.T) {
		d := startEmpty(t, state)
		d.do("CreateStack", "api", "TemplateBody", strings.ReplaceAll(mockAPI, "TEXT", "one"))
		d.wantStatus("api", "CREATE_COMPLETE")
		if status, text := d.get(); status != 200 || text != "one" {
			t.Errorf("it answers %d %s", status, text)
		}
		d.do("UpdateStack", "api", "TemplateBody", strings.ReplaceAll(mockAPI, "TEXT", "two"))
		d.wantStatus("api", "UPDATE_COMPLETE")
		if status, text := d.get(); status != 200 || text != "two" {
			t.Errorf("after the update it answers %d %s", status, text)
		}
		broken := strings.Replace(strings.ReplaceAll(mockAPI, "TEXT", "three"), `"Name":"deployed"`,
			`"Name":"deployed","Surprise":true`, 1)
		d.do("UpdateStack", "api", "TemplateBody", broken)
		d.wantStatus("api", "UPDATE_ROLLBACK_COMPLETE")
		events := d.do("DescribeStackEvents", "api")
		if !strings.Contains(events, "api: Api (AWS::ApiGateway::RestApi) Surprise = true") {
			t.Errorf("the events do not name the property: %s", events)
		}
		if status, text := d.get(); status != 200 || text != "two" {
			t.Errorf("after the rollback it answers %d %s", status, text)
		}
	})
	t.Run("served again by the next runner, and deleted", func(t *testing.T) {
		d := startEmpty(t, state)
		if status, text := d.get(); status != 200 || text != "two" {
			t.Errorf("after a restart it answers %d %s", status, text)
		}
		d.do("DeleteStack", "api")
		if len(d.App().REST) != 0 {
			t.Errorf("after the deletion there are %d APIs", len(d.App().REST))
		}
	})
	http.DefaultClient.CloseIdleConnections()
}

func TestStacksImportFromEachOther(t *testing.T) {
	d := startEmpty(t, "")
	d.do("CreateStack", "api", "TemplateBody", strings.ReplaceAll(mockAPI, "TEXT", "one"))
	d.do("CreateStack", "more", "TemplateBody", `{"Resources":{"Model":{"Type":"AWS::ApiGateway::Model",`+
		`"Properties":{"RestApiId":{"Fn::ImportValue":"the-api"},"ContentType":"application/json",`+
		`"Name":"m","Schema":{}}}}}`)
	d.wantStatus("more", "CREATE_COMPLETE")
	if text := d.do("ListImports", "", "ExportName", "the-api"); !strings.Contains(text, "more") {
		t.Errorf("the imports are %s", text)
	}
	d.do("DeleteStack", "api")
	d.wantStatus("api", "CREATE_COMPLETE")
	http.DefaultClient.CloseIdleConnections()
}

func TestStacksHoldBucketsAndParameters(t *testing.T) {
	d := startEmpty(t, "")
	d.do("CreateStack", "stores", "TemplateBody", `{"Resources":{
	 "B":{"Type":"AWS::S3::Bucket","Properties":{"BucketName":"of-the-stack"}},
	 "P":{"Type":"AWS::SSM::Parameter","Properties":{"Name":"/x","Type":"String","Value":"7"}}}}`)
	if status, text := d.send(http.MethodPut, "/of-the-stack/k", "s3", []byte("x")); status != 200 {
		t.Fatalf("an upload answers %d %s", status, text)
	}
	d.do("CreateStack", "reads", "TemplateBody", `{"Parameters":{"P":{"Type":
	 "AWS::SSM::Parameter::Value<String>","Default":"/x"}},"Resources":{"Q":{"Type":"AWS::SQS::Queue",
	 "Properties":{"DelaySeconds":{"Ref":"P"}}}}}`)
	if text := d.wantStatus("reads", "CREATE_COMPLETE"); !strings.Contains(text, "<ResolvedValue>7<") {
		t.Errorf("the parameter is not resolved: %s", text)
	}
	d.do("DeleteStack", "stores")
	if text := d.wantStatus("stores", "DELETE_FAILED"); !strings.Contains(text, "not empty") {
		t.Errorf("a bucket with an object: %s", text)
	}
	d.send(http.MethodDelete, "/of-the-stack/k", "s3", nil)
	d.do("DeleteStack", "stores")
	if status, _ := d.send(http.MethodHead, "/of-the-stack", "s3", nil); status != 404 {
		t.Errorf("after the deletion the bucket answers %d", status)
	}
	http.DefaultClient.CloseIdleConnections()
}

// function is a stack with one function, whose code is in S3.
const function = `{"Resources":{"F":{"Type":"AWS::Lambda::Function","Properties":{"FunctionName":"f",
 "Runtime":"provided.al2023","Handler":"bootstrap","Role":"arn:aws:iam::123456789012:role/r",
 "Code":{"S3Bucket":"code","S3Key":"f.zip"}}}}}`

// zipped packs a bootstrap.
func zipped(t *testing.T, name string, program []byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	header := &zip.FileHeader{Name: name, Method: zip.Deflate}
	header.SetMode(0o755)
	file, err := archive.CreateHeader(header)
	if err == nil {
		_, err = file.Write(program)
	}
	if err != nil || archive.Close() != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// elsewhereProgram is the head of a program for another machine.
func elsewhereProgram(t *testing.T) []byte {
	t.Helper()
	machine := elf.EM_AARCH64
	if runtime.GOARCH == "arm64" {
		machine = elf.EM_X86_64
	}
	head := elf.Header64{
		Type: uint16(elf.ET_EXEC), Machine: uint16(machine), Version: uint32(elf.EV_CURRENT), Ehsize: 64,
	}
	copy(head.Ident[:], "\x7fELF\x02\x01\x01")
	var program bytes.Buffer
	if err := binary.Write(&program, binary.LittleEndian, head); err != nil {
		t.Fatal(err)
	}
	return program.Bytes()
}

func TestCodeOfDeployedFunctions(t *testing.T) {
	for _, row := range []struct {
		name, file, source string
		program            []byte
		status, reason     string
	}{
		{
			name: "a program of this machine is run", file: "bootstrap", program: []byte("#!/bin/sh\n"),
			status: "CREATE_COMPLETE",
		},
		{
			name: "one of another machine rolls the stack back", file: "bootstrap",
			program: elsewhereProgram(t), status: "ROLLBACK_COMPLETE", reason: "its bootstrap is built for linux/",
		},
		{
			name: "so does a file without a bootstrap", file: "index.js", program: []byte("x"),
			status: "ROLLBACK_COMPLETE", reason: "it holds no file named bootstrap",
		},
		{
			name: "so does code that was not put there", status: "ROLLBACK_COMPLETE",
			reason: "S3 Error Code: NoSuchKey",
		},
		{
			name: "so does a source folder that does not compile", source: "broken",
			status: "ROLLBACK_COMPLETE", reason: "building ",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := startEmpty(t, "")
			d.send(http.MethodPut, "/code", "s3", nil)
			if row.program != nil {
				d.send(http.MethodPut, "/code/f.zip", "s3", zipped(t, row.file, row.program))
			}
			template := function
			if row.source != "" {
				folder := filepath.Join(d.options.Dir, row.source)
				if err := os.Mkdir(folder, 0o755); err != nil {
					t.Fatal(err)
				}
				template = strings.Replace(function, `"Properties"`, `"Metadata":{"portico:source":"`+
					row.source+`"},"Properties"`, 1)
			}
			d.do("CreateStack", "s", "TemplateBody", template)
			d.wantStatus("s", row.status)
			if events := d.do("DescribeStackEvents", "s"); !strings.Contains(events, row.reason) {
				t.Errorf("the events are %s, want %q", events, row.reason)
			}
		})
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestTheTemplatesStacksAreShown(t *testing.T) {
	template := filepath.Join(t.TempDir(), "started.json")
	body := strings.ReplaceAll(mockAPI, "TEXT", "one")
	if err := os.WriteFile(template, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	d := deployer{Start(t, Options{Dir: t.TempDir(), Template: template}), t, ""}
	d.wantStatus("started", "CREATE_COMPLETE")
	form := url.Values{"Action": {"DeleteStack"}, "StackName": {"started"}}
	if status, text := d.send(http.MethodPost, "/", "cloudformation", []byte(form.Encode())); status != 400 {
		t.Errorf("its deletion answers %d %s", status, text)
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestParametersOfTheSettingsAreShown(t *testing.T) {
	dir := t.TempDir()
	settings := []byte("ssm: {/app/key: fixed}\n")
	if err := os.WriteFile(filepath.Join(dir, "portico.yaml"), settings, 0o600); err != nil {
		t.Fatal(err)
	}
	d := deployer{Start(t, Options{Dir: dir, Empty: true}), t, ""}
	for _, row := range []struct {
		operation, body string
		status          int
		want            string
	}{
		{"GetParameter", `{"Name":"/app/key"}`, 200, `"Value":"fixed"`},
		{"GetParametersByPath", `{"Path":"/app"}`, 200, `"Value":"fixed"`},
		{"PutParameter", `{"Name":"/app/key","Value":"x","Overwrite":true}`, 400, "portico.yaml"},
		{"DeleteParameter", `{"Name":"/app/key"}`, 400, "portico.yaml"},
	} {
		d.target = "AmazonSSM." + row.operation
		status, text := d.send(http.MethodPost, "/", "ssm", []byte(row.body))
		if status != row.status || !strings.Contains(text, row.want) {
			t.Errorf("%s answers %d %s, want %d %s", row.operation, status, text, row.status, row.want)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
