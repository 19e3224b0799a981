package lambda

import (
	"archive/zip"
	"errors"
)

// Unpack writes the zip file of a function into a folder, within Lambda's limits and nowhere else.
func Unpack(file, folder string) error {
	archive, err := zip.OpenReader(file)
	if err != nil {
		return unreadable()
	}
	err = unpack(&archive.Reader, folder)
	return errors.Join(err, archive.Close())
}
