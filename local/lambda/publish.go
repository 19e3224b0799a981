package lambda

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/uuid"
)

// edition is all that a deployment is compiled from.
type edition struct {
	configuration Configuration
	programs      map[string]program // by name of the function, or definedKey of a version
	broken        map[string]bool    // functions whose newest code does not run
	books         map[string]*book   // by ARN of the function
}

// publish makes the versions of a configuration that are new, and lets its aliases lead where the
// configuration or the last update says. Nothing is kept before save.
func (s *Service) publish(e *edition) error {
	e.books = make(map[string]*book, len(e.configuration.Functions))
	c := &e.configuration
	c.Versions, c.Aliases = slices.Clone(c.Versions), slices.Clone(c.Aliases)
	if _, err := publishedVersions(c); err != nil {
		return err
	}
	for i := range c.Functions {
		fn := &c.Functions[i]
		b, err := s.bookOf(fn.ARN)
		if err != nil {
			return err
		}
		e.books[fn.ARN] = b
		moved := map[string]string{}
		for j := range c.Versions {
			v := &c.Versions[j]
			if owner, _, _ := c.lookup(v.FunctionARN); owner != fn {
				continue
			}
			number, err := s.publishOne(b, fn, *v, e)
			if err != nil {
				return err
			}
			moved[v.Number], v.Number = number, number
		}
		c.move(fn, moved)
		s.settleAliases(b, fn, c)
	}
	return nil
}

// bookOf returns a copy of the book that is served, else what an earlier start left.
func (s *Service) bookOf(arn string) (*book, error) {
	if b := s.current.Load().books[arn]; b != nil {
		return b.clone(), nil
	}
	return openBook(s.options.Published, arn)
}

// publishOne returns the number of the version v of fn.
func (s *Service) publishOne(b *book, fn *Function, v Version, e *edition) (string, error) {
	origin := v.Origin
	if origin == "" {
		origin = "version " + v.Number
	}
	if v.Definition != nil {
		p := e.programs[definedKey(&v)]
		b.add(&release{
			Number: v.Number, Function: *v.Definition, Fingerprint: p.fingerprint, provisional: &p,
			defined: true,
		})
		return v.Number, nil
	}
	p := e.programs[fn.Name]
	number, known := b.Origins[origin]
	released := b.release(number)
	if s.options.Published == "" || e.broken[fn.Name] {
		if known && released != nil {
			return number, nil
		}
		b.add(&release{Number: v.Number, Function: *fn, provisional: &p})
		return v.Number, nil
	}
	code, err := p.content()
	if err != nil {
		return "", fmt.Errorf("publishing function %s: %w", fn.Name, err)
	}
	if known && released != nil {
		if released.Digest == digest(fn, code) {
			return number, nil
		}
		if !v.FollowsCode {
			_, told := s.told.LoadOrStore(fn.ARN+":"+number+" "+digest(fn, code), true)
			if told {
				return number, nil
			}
			s.options.Logger.Warn("a published version goes on as it was: code or configuration have "+
				"changed, but its resource has not. Give AWS::Lambda::Version a new logical id, or "+
				"delete the folder", "function", fn.Name, "version", number, "folder", b.folder)
			return number, nil
		}
	}
	if !known || released != nil {
		number = b.next()
		if !known && b.release(v.Number) == nil && isNumber(v.Number) {
			number = v.Number
		}
	}
	b.Origins[origin] = number
	return number, s.keep(b, fn, p, &release{Number: number, Fingerprint: code})
}

// keep writes a version's program down and its release in.
func (s *Service) keep(b *book, fn *Function, p program, r *release) error {
	if err := keepProgram(p, filepath.Join(b.folder, r.Fingerprint)); err != nil {
		return fmt.Errorf("publishing version %s of function %s: %w", r.Number, fn.Name, err)
	}
	r.Function, r.Digest = *fn, digest(fn, r.Fingerprint)
	r.Function.Code = Code{}
	r.RevisionID, r.Published = uuid.NewString(), s.options.Clock.Now()
	b.add(r)
	return nil
}

// move lets aliases follow versions that were published anew.
func (c *Configuration) move(fn *Function, moved map[string]string) {
	for i := range c.Aliases {
		a := &c.Aliases[i]
		if owner, _, err := c.lookup(a.FunctionARN); err != nil || owner != fn {
			continue
		}
		if number, ok := moved[a.Version]; ok {
			a.Version = number
		}
		var weights map[string]float64
		for version, weight := range a.Weights {
			if number, ok := moved[version]; ok {
				version = number
			}
			if weights == nil {
				weights = map[string]float64{}
			}
			weights[version] = weight
		}
		a.Weights = weights
	}
}

// settleAliases lets each alias stay where an update has put it, until the template says something
// else than it said before, as CloudFormation does.
func (s *Service) settleAliases(b *book, fn *Function, c *Configuration) {
	settled := map[string]*aliasRecord{}
	for _, a := range c.Aliases {
		if owner, _, err := c.lookup(a.FunctionARN); err != nil || owner != fn {
			continue
		}
		state := aliasState{Version: a.Version, Weights: a.Weights}
		record := b.Aliases[a.Name]
		if record == nil || !record.Template.equals(state) || !b.holds(record.Current) {
			record = &aliasRecord{Template: state, Current: state, RevisionID: uuid.NewString()}
		}
		settled[a.Name] = record
	}
	b.Aliases = settled
}

// holds reports whether all versions are there that an alias leads to.
func (b *book) holds(state aliasState) bool {
	if state.Version != latest && b.release(state.Version) == nil {
		return false
	}
	for version := range state.Weights {
		if b.release(version) == nil {
			return false
		}
	}
	return true
}

// save keeps the books of an edition, without what nothing names any more.
func (e *edition) save() error {
	for _, fn := range e.configuration.Functions {
		used := map[string]bool{}
		for _, v := range e.configuration.Versions {
			if owner, _, err := e.configuration.lookup(v.FunctionARN); err == nil &&
				owner.ARN == fn.ARN {
				used[v.Number] = true
			}
		}
		b := e.books[fn.ARN]
		b.prune(used)
		if err := b.save(); err != nil {
			return err
		}
	}
	return nil
}

// digest tells versions apart: what PublishVersion of AWS compares.
func digest(fn *Function, code string) string {
	versioned := *fn
	versioned.Code, versioned.LogicalID, versioned.Stack = Code{}, "", ""
	versioned.ReservedConcurrency = nil // of the function, not of a version
	text, err := json.Marshal(versioned)
	if err != nil {
		panic("lambda: a function of texts and numbers did not marshal: " + err.Error())
	}
	return hash(code + string(text))
}

// content names the code itself, wherever it lies.
func (p *program) content() (string, error) {
	if p.built || p.fixed {
		return p.fingerprint, nil
	}
	sum := sha256.New()
	err := filepath.WalkDir(p.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(p.dir, path)
		if err != nil {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		content := sha256.New()
		if _, err := io.Copy(content, file); err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s %x\n", name, content.Sum(nil))
		return nil
	})
	return hex.EncodeToString(sum.Sum(nil)[:8]), err
}

// keepProgram copies a task root to where nobody changes it, whole or not at all.
func keepProgram(p program, to string) error {
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	made, err := os.MkdirTemp(filepath.Dir(to), "publishing-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(made) }()
	if err := os.Chmod(made, 0o755); err != nil {
		return err
	}
	if p.built { // a built program is never changed, only removed
		from, to := filepath.Join(p.dir, "bootstrap"), filepath.Join(made, "bootstrap")
		err = os.Link(from, to)
	}
	if !p.built || err != nil {
		err = os.CopyFS(made, os.DirFS(p.dir))
	}
	if err != nil {
		return err
	}
	return os.Rename(made, to)
}
