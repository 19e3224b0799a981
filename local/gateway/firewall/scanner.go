package firewall

// bits is a set of small numbers.
type bits []uint64

func (b bits) has(i int) bool { return b[i>>6]&(1<<(i&63)) != 0 }

func (b bits) set(i int) { b[i>>6] |= 1 << (i & 63) }

const (
	// maxStates bounds the memory of a scanner; what does not fit is not looked for beforehand.
	maxStates = 1 << 14
	accepting = 1 << 15 // of a transition: its target ends a needle
)

// scanner finds all needles of many expressions in one pass over a text (Aho and Corasick).
type scanner struct {
	needles [][]string // by id, while it is built
	states  int

	classes [256]uint8 // bytes that no needle has are all class 0
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

func (s *scanner) words() int { return (len(s.needles) + 63) / 64 }

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

// scan notes the ids of all needles in a text.
func (s *scanner) scan(text string, hits bits) {
	if s.next == nil {
		return
	}
	state := 0
	for i := 0; i < len(text); i++ {
		to := s.next[state*s.width+int(s.classes[text[i]])]
		state = int(to &^ accepting)
		if to < accepting {
			continue
		}
		for _, id := range s.found[state] {
			hits.set(id)
		}
	}
}
