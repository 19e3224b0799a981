package lambda

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// FuzzUnpack unpacks archives of one entry: whatever its name, its mode and its content, nothing
// appears beside the folder.
func FuzzUnpack(f *testing.F) {
	f.Add("bootstrap", uint32(0o755), []byte("x"))
	f.Add("../x", uint32(0o644), []byte("x"))
	f.Add("a/./../../x", uint32(0o644), []byte("x"))
	f.Add("link", uint32(fs.ModeSymlink|0o777), []byte("../x"))
	f.Add("folder/", uint32(fs.ModeDir|0o777), []byte(nil))
	f.Fuzz(func(t *testing.T, name string, mode uint32, content []byte) {
		var text bytes.Buffer
		w := zip.NewWriter(&text)
		for range 2 { // the second entry meets the first
			header := &zip.FileHeader{Name: name, Method: zip.Deflate}
			header.SetMode(fs.FileMode(mode))
			into, err := w.CreateHeader(header)
			if err != nil {
				return
			}
			_, _ = into.Write(content) // a folder takes none
		}
		if err := w.Close(); err != nil {
			return
		}
		archive, err := zip.NewReader(bytes.NewReader(text.Bytes()), int64(text.Len()))
		if err != nil {
			return
		}
		around := t.TempDir()
		folder := filepath.Join(around, "folder")
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		_ = unpack(archive, folder)
		entries, err := os.ReadDir(around)
		if err != nil || len(entries) != 1 {
			t.Errorf("%v %v lie beside the folder", entries, err)
		}
	})
}
