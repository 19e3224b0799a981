package lambda

import (
	"archive/zip"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// unpack writes an archive into a folder. Nothing is written outside of it, whatever names and
// links the archive has.
func unpack(archive *zip.Reader, folder string) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	left := int64(maxUnzipped)
	for _, file := range archive.File {
		written, err := unpackOne(root, file, left)
		if err != nil {
			return err
		}
		left -= written
	}
	return nil
}

// unpackOne writes one entry, of at most left bytes.
func unpackOne(root *os.Root, file *zip.File, left int64) (int64, error) {
	name := path.Clean(strings.ReplaceAll(file.Name, `\`, "/"))
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return 0, invalid("The uploaded file holds %q, which leads out of it.", file.Name)
	}
	if file.FileInfo().IsDir() {
		return 0, entryError(file, root.MkdirAll(name, 0o700))
	}
	if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return 0, entryError(file, err)
	}
	content, err := file.Open()
	if err != nil {
		return 0, unreadable()
	}
	defer content.Close()
	if file.Mode()&fs.ModeSymlink != 0 {
		return 0, link(root, name, content)
	}
	if !file.Mode().IsRegular() {
		return 0, invalid("The uploaded file holds %q, which is neither a file nor a folder.", file.Name)
	}
	mode := fs.FileMode(0o600)
	if file.Mode()&0o111 != 0 {
		mode = 0o700
	}
	made, err := root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return 0, entryError(file, err)
	}
	written, err := io.Copy(made, io.LimitReader(content, left+1))
	if closed := made.Close(); err == nil && closed != nil {
		return written, closed
	}
	switch {
	case err != nil:
		return written, unreadable()
	case written > left: // more than its directory said
		return written, oversized()
	}
	return written, nil
}

// entryError says that an entry cannot be written where another one is in its way.
func entryError(file *zip.File, err error) error {
	if err == nil {
		return nil
	}
	return invalid("The uploaded file cannot be unpacked at %q: %s", file.Name, err)
}

// link makes a symbolic link, to what lies beside it only.
func link(root *os.Root, name string, content io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(content, 4096))
	if err != nil {
		return unreadable()
	}
	target := string(text)
	if path.IsAbs(target) || !filepath.IsLocal(path.Join(path.Dir(name), target)) {
		return invalid("The uploaded file holds the link %q to %q, which leads out of it.", name, target)
	}
	if err := root.Symlink(target, name); err != nil {
		return invalid("The uploaded file cannot be unpacked at %q: %s", name, err)
	}
	return nil
}
