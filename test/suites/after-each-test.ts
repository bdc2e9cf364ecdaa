import { afterEach } from 'vitest';
import { stopClocks } from '../fakes/simulated-clock.ts';

afterEach(stopClocks);
