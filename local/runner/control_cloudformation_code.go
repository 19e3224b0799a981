package runner

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"portico/local/cloudformation"
	stacks "portico/local/control/cloudformation"
	"portico/local/control/lambda"
)

// What a deployment leaves in a template: where the code of a function comes from (our construct
// writes it), and the folder that provision reads code from (the CDK writes it).
const (
	sourceMetadata = "portico:source"
	assetMetadata  = "aws:asset:path"
)

// codeFolder is where the code of deployed functions is unpacked, in the state folder.
const codeFolder = "code"

// placeCode finds the code of every function and layer: a source folder of this machine that the
// template names, else what was put to S3, unpacked. The folders are noted in used.
func (h *stackHost) placeCode(assembly *cloudformation.Assembly, used map[string]bool) error {
	var faults stacks.Faults
	for _, r := range assembly.ByType("AWS::Lambda::Function", "AWS::Lambda::LayerVersion") {
		if err := h.placeOne(r, used); err != nil {
			faults = append(faults, stacks.Fault{
				Stack: r.Stack.Name, Resource: r.LogicalID, Reason: err.Error(),
			})
		}
	}
	if faults == nil {
		return nil
	}
	return faults
}

func (h *stackHost) placeOne(r *cloudformation.Resource, used map[string]bool) error {
	if source, ok := r.Metadata[sourceMetadata].(string); ok {
		info, err := os.Stat(inDir(h.runner.options.Dir, source))
		if err == nil && info.IsDir() {
			return nil
		}
		delete(r.Metadata, sourceMetadata)
	}
	delete(r.Metadata, assetMetadata) // of the machine that synthesized it
	code, ok := r.Properties["Code"].(map[string]any)
	if !ok {
		code, ok = r.Properties["Content"].(map[string]any)
	}
	bucket, _ := code["S3Bucket"].(string)
	key, _ := code["S3Key"].(string)
	if !ok || bucket == "" || key == "" {
		return nil // provision says what is wrong
	}
	folder, err := h.unpacked(bucket, key)
	if err != nil {
		return err
	}
	used[filepath.Base(folder)] = true
	runtimeName, _ := r.Properties["Runtime"].(string)
	if strings.HasPrefix(runtimeName, "provided") {
		if err := runsHere(filepath.Join(folder, "bootstrap")); err != nil {
			return fmt.Errorf("the code in s3://%s/%s cannot be run: %w", bucket, key, err)
		}
	}
	if r.Metadata == nil {
		r.Metadata = map[string]any{}
	}
	r.Metadata[assetMetadata] = folder
	return nil
}

// unpacked returns the folder with the files of a zip file in S3. What is in it never changes: every
// upload has a name of its own.
func (h *stackHost) unpacked(bucket, key string) (string, error) {
	file, err := h.runner.stored(bucket, key)
	var refused *lambda.ObjectError
	if errors.As(err, &refused) {
		return "", fmt.Errorf("Error occurred while GetObject. S3 Error Code: %s. S3 Error Message: %s",
			refused.Code, refused.Message)
	}
	parent := filepath.Join(h.runner.options.State, controlFolder, codeFolder)
	folder := filepath.Join(parent, strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", err
	}
	made, err := os.MkdirTemp(parent, ".new-*")
	if err != nil {
		return "", err
	}
	if err := lambda.Unpack(file, made); err != nil {
		return "", errors.Join(fmt.Errorf("s3://%s/%s: %w", bucket, key, err), os.RemoveAll(made))
	}
	return folder, os.Rename(made, folder)
}

// runsHere says why a program cannot be run on this machine.
func runsHere(bootstrap string) error {
	here := runtime.GOOS + "/" + runtime.GOARCH
	program, err := elf.Open(bootstrap)
	var noELF *elf.FormatError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("it holds no file named bootstrap")
	case errors.As(err, &noELF), errors.Is(err, io.EOF):
		return nil // a script, or a program of this machine's own format
	case err != nil:
		return err
	}
	defer program.Close()
	machine := map[elf.Machine]string{
		elf.EM_AARCH64: "arm64", elf.EM_X86_64: "amd64", elf.EM_386: "386", elf.EM_ARM: "arm",
	}[program.Machine]
	if machine == "" {
		machine = program.Machine.String()
	}
	if "linux/"+machine == here {
		return nil
	}
	return fmt.Errorf("its bootstrap is built for linux/%s, and this machine is %s; name the source "+
		"folder in the resource's metadata (%s), or build it for this machine", machine, here,
		sourceMetadata)
}

// documents returns the files of OpenAPI documents and truststores that templates name in S3.
func (h *stackHost) documents(assembly *cloudformation.Assembly) map[string]string {
	app := h.runner.App()
	files := inDirs(h.runner.options.Dir, app.Settings.Documents)
	for _, s := range assembly.Stacks {
		for _, r := range s.Resources {
			bucket, key := namedInS3(r.Properties)
			if file, err := h.runner.stored(bucket, key); err == nil {
				files[bucket+"/"+key] = file
			}
		}
	}
	return files
}

// namedInS3 returns the object that a resource takes its document or truststore from.
func namedInS3(properties map[string]any) (bucket, key string) {
	if location, ok := properties["BodyS3Location"].(map[string]any); ok {
		bucket, _ = location["Bucket"].(string)
		key, _ = location["Key"].(string)
		return bucket, key
	}
	if mutual, ok := properties["MutualTlsAuthentication"].(map[string]any); ok {
		uri, _ := mutual["TruststoreUri"].(string)
		bucket, key, _ = strings.Cut(strings.TrimPrefix(uri, "s3://"), "/")
	}
	return bucket, key
}

// sweep removes unpacked code that no stack uses any more.
func (h *stackHost) sweep(used map[string]bool) error {
	parent := filepath.Join(h.runner.options.State, controlFolder, codeFolder)
	entries, err := os.ReadDir(parent)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		if !used[entry.Name()] {
			err = errors.Join(err, os.RemoveAll(filepath.Join(parent, entry.Name())))
		}
	}
	return err
}
