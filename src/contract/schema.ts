// The one door to the schema library: every file that validates outside input takes `z` from here.
export { z } from 'zod';
