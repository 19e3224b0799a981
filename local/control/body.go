package control

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"

	"portico/local/control/model"
)

// bodyOf reads the body of a request, which clients compress when it is long.
func bodyOf(r *http.Request, limit int) ([]byte, error) {
	from := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		plain, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, &model.Error{
				Code: "SerializationException", Status: http.StatusBadRequest,
				Message: "the body is not compressed as its Content-Encoding says",
			}
		}
		from = plain
	}
	body, err := io.ReadAll(io.LimitReader(from, int64(limit)+1))
	if err != nil {
		return nil, &model.Error{
			Code: "RequestTimeoutException", Status: http.StatusBadRequest,
			Message: "the body did not arrive whole",
		}
	}
	if len(body) > limit {
		return nil, &model.Error{
			Code: "RequestEntityTooLargeException", Status: http.StatusRequestEntityTooLarge,
			Message: fmt.Sprintf("Request size exceeds %d bytes", limit),
		}
	}
	return body, nil
}
