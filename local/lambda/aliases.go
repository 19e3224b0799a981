package lambda

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
)

// PublishedVersion is a version as ListVersionsByFunction shows it.
type PublishedVersion struct {
	FunctionARN string // with the number
	Number      string // $LATEST for what is not published
	Code        string // a hash of the code
	RevisionID  string // "" for $LATEST
	Description string
	Published   time.Time // zero for $LATEST
}

// AliasState is an alias as GetAlias shows it.
type AliasState struct {
	ARN, Name, Version string
	Weights            map[string]float64 // by version; the rest goes to Version
	RevisionID         string             // changes with every update
}

// AliasUpdate changes where an alias leads.
type AliasUpdate struct {
	Function, Name string
	Version        string             // "" leaves it
	Weights        map[string]float64 // nil leaves them, an empty map removes them
	RevisionID     string             // the update is refused when another is current; "" is not held
}

// Versions returns $LATEST and the published versions of a function, in the order of their numbers.
func (s *Service) Versions(function string) ([]PublishedVersion, error) {
	d := s.current.Load()
	fn, err := d.named(function)
	if err != nil {
		return nil, err
	}
	all := []PublishedVersion{{
		FunctionARN: fn.ARN + ":" + latest, Number: latest, Code: fn.fingerprint,
	}}
	for _, r := range d.books[fn.ARN].Releases {
		all = append(all, r.published(fn.ARN))
	}
	return all, nil
}

func (r *release) published(arn string) PublishedVersion {
	return PublishedVersion{
		FunctionARN: arn + ":" + r.Number, Number: r.Number, Code: r.Fingerprint,
		RevisionID: r.RevisionID, Description: r.Description, Published: r.Published,
	}
}

// Aliases returns the aliases of a function, by name.
func (s *Service) Aliases(function string) ([]AliasState, error) {
	d := s.current.Load()
	fn, err := d.named(function)
	if err != nil {
		return nil, err
	}
	records := d.books[fn.ARN].Aliases
	all := make([]AliasState, 0, len(records))
	for _, name := range slices.Sorted(maps.Keys(records)) {
		all = append(all, records[name].state(fn.ARN, name))
	}
	return all, nil
}

func (a *aliasRecord) state(arn, name string) AliasState {
	return AliasState{
		ARN: arn + ":" + name, Name: name, Version: a.Current.Version,
		Weights: maps.Clone(a.Current.Weights), RevisionID: a.RevisionID,
	}
}

func (d *deployment) named(function string) (*function, error) {
	definition, _, err := d.configuration.lookup(function)
	if err != nil {
		return nil, refuseUnknown(function)
	}
	return d.functions[definition.Name], nil
}

// UpdateAlias lets an alias lead elsewhere, from the next call on; calls in flight finish where
// they are. It holds until the template says something else than it said before. An *Error means
// that Lambda refused.
func (s *Service) UpdateAlias(u AliasUpdate) (AliasState, error) {
	s.deploying.Lock()
	defer s.deploying.Unlock()
	d := s.current.Load()
	fn, err := d.named(u.Function)
	if err != nil {
		return AliasState{}, err
	}
	b := d.books[fn.ARN].copied()
	record := b.Aliases[u.Name]
	if record == nil {
		return AliasState{}, refuseUnknownAlias(fn.ARN + ":" + u.Name)
	}
	if u.RevisionID != "" && u.RevisionID != record.RevisionID {
		return AliasState{}, refuseRevision()
	}
	if u.Version != "" {
		record.Current.Version = u.Version
	}
	if u.Weights != nil {
		record.Current.Weights = maps.Clone(u.Weights)
	}
	if record.Current.Version != latest && b.release(record.Current.Version) == nil {
		return AliasState{}, refuseUnknown(fn.ARN + ":" + record.Current.Version)
	}
	record.RevisionID = uuid.NewString()
	if err := d.checkWeights(d.functions[fn.Name], record.Current); err != nil {
		return AliasState{}, err
	}
	if err := s.serve(d.with(b)); err != nil {
		return AliasState{}, err
	}
	return record.state(fn.ARN, u.Name), nil
}

// PublishVersion publishes what $LATEST is. When nothing has changed since the last version, that
// one is returned.
func (s *Service) PublishVersion(function, description string) (PublishedVersion, error) {
	s.deploying.Lock()
	defer s.deploying.Unlock()
	d := s.current.Load()
	named, err := d.named(function)
	if err != nil {
		return PublishedVersion{}, err
	}
	if s.options.Published == "" {
		return PublishedVersion{}, fmt.Errorf("publishing function %s: no folder is set to keep "+
			"versions in", named.Name)
	}
	if d.broken[named.Name] {
		return PublishedVersion{}, refuseParameter("the newest code of function %s does not run",
			named.Name)
	}
	definition, _, err := d.configuration.lookup(named.Name)
	if err != nil {
		return PublishedVersion{}, err
	}
	p := d.programs[named.Name]
	code, err := p.content()
	if err != nil {
		return PublishedVersion{}, fmt.Errorf("publishing function %s: %w", named.Name, err)
	}
	b := d.books[named.ARN].copied()
	if last := b.newest(); last != nil && last.Digest == digest(definition, code) {
		return last.published(named.ARN), nil
	}
	r := &release{Number: b.next(), Fingerprint: code, Description: description}
	if err := s.keep(b, definition, p, r); err != nil {
		return PublishedVersion{}, err
	}
	return r.published(named.ARN), s.serve(d.with(b))
}

// with returns an edition in which one book is another.
func (d *deployment) with(b *book) edition {
	e := d.edition
	e.books = maps.Clone(d.books)
	e.books[b.ARN] = b
	return e
}

// copied is clone with the versions that are not published.
func (b *book) copied() *book {
	all := b.clone()
	all.Releases = slices.Clone(b.Releases)
	return all
}
