package firewall

const (
	// maxStates bounds the memory of a scanner; what does not fit is not looked for beforehand.
	maxStates = 1 << 14
	accepting = 1 << 15 // of a transition: its target ends a needle
)

// scanner finds all needles of many expressions in one pass over a text (Aho and Corasick).
type scanner struct {
	needles [][]string // by id, while it is built
	states  int

	begins  [1 << 10]uint64 // the two bytes that some needle begins with
	classes [256]uint8      // bytes that no needle has are all class 0
	width   int
	next    []uint16 // by state and class
	found   [][]int  // by state: the ids whose needle ends there
}

// register adds the needles of an expression and returns its id; -1 when it has to run always.
func (s *scanner) register(needles []string) int {
	size := 0
	for _, needle := range needles {
		size += len(needle)
	}
	if needles == nil || s.states+size >= maxStates {
		return -1
	}
	s.states += size
	s.needles = append(s.needles, needles)
	return len(s.needles) - 1
}

// build makes the table once all needles are known.
func (s *scanner) build() {
	if len(s.needles) == 0 {
		return
	}
	s.width = 1
	for _, needles := range s.needles {
		for _, needle := range needles {
			for i := 0; i < len(needle); i++ {
				if s.classes[needle[i]] == 0 {
					s.classes[needle[i]] = uint8(s.width)
					s.width++
				}
			}
		}
	}
	s.addState()
	for id, needles := range s.needles {
		for _, needle := range needles {
			s.addNeedle(needle, id)
			s.begin(needle)
		}
	}
	s.link()
}

func (s *scanner) addState() uint16 {
	s.found = append(s.found, nil)
	s.next = append(s.next, make([]uint16, s.width)...)
	return uint16(len(s.found) - 1)
}

func (s *scanner) addNeedle(needle string, id int) {
	state := uint16(0)
	for i := 0; i < len(needle); i++ {
		at := int(state)*s.width + int(s.classes[needle[i]])
		if s.next[at] == 0 {
			made := s.addState()
			s.next[at] = made
		}
		state = s.next[at]
	}
	s.found[state] = append(s.found[state], id)
}

// link gives each state the transitions of its longest suffix, breadth first, and marks the
// transitions to states that end a needle.
func (s *scanner) link() {
	suffix := make([]uint16, len(s.found))
	queue := make([]uint16, 0, len(s.found))
	for class := range s.width {
		if child := s.next[class]; child != 0 {
			queue = append(queue, child)
		}
	}
	for len(queue) > 0 {
		state := queue[0]
		queue = queue[1:]
		behind := suffix[state]
		s.found[state] = append(s.found[state], s.found[behind]...)
		for class := range s.width {
			at := int(state)*s.width + class
			shared := s.next[int(behind)*s.width+class]
			if child := s.next[at]; child != 0 {
				suffix[child] = shared
				queue = append(queue, child)
				continue
			}
			s.next[at] = shared
		}
	}
	for i, target := range s.next {
		if len(s.found[target]) > 0 {
			s.next[i] |= accepting
		}
	}
}

// maxPlaces is in how many places of a text a needle of one id is remembered.
const maxPlaces = 64

// place is where a needle of an id ends.
type place struct{ id, end int32 }

// findings are what a scanner found in one text.
type findings struct {
	counts []uint8 // by id, at most maxPlaces and one
	places []place // of ids that were found at most maxPlaces times, all of them
}

// scan looks for all needles in a text.
func (s *scanner) scan(text string, found *findings) {
	found.counts = append(found.counts[:0], make([]uint8, len(s.needles))...)
	found.places = found.places[:0]
	if s.next == nil {
		return
	}
	state := 0
	for i := 0; i < len(text); i++ {
		if state == 0 {
			for i+1 < len(text) && !s.mayBegin(text[i], text[i+1]) {
				i++
			}
		}
		to := s.next[state*s.width+int(s.classes[text[i]])]
		state = int(to &^ accepting)
		if to < accepting {
			continue
		}
		for _, id := range s.found[state] {
			found.note(id, i+1)
		}
	}
}

func (s *scanner) mayBegin(first, second byte) bool {
	return s.begins[int(first)<<2|int(second)>>6]&(1<<(second&63)) != 0
}

// begin notes what a needle begins with; one byte alone may have any behind it.
func (s *scanner) begin(needle string) {
	for second := range 256 {
		if len(needle) == 1 || needle[1] == byte(second) {
			s.begins[int(needle[0])<<2|second>>6] |= 1 << (second & 63)
		}
	}
}

func (f *findings) note(id, end int) {
	if f.counts[id] > maxPlaces {
		return
	}
	f.counts[id]++
	if f.counts[id] <= maxPlaces {
		f.places = append(f.places, place{id: int32(id), end: int32(end)})
	}
}
