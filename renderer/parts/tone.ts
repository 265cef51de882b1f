// The tones in which facts are coloured; each theme has a colour for every one.

export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'pause' | 'idle';
