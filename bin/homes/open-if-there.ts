import type { Context } from '../context.ts';
import { NoHomeError } from '../errors.ts';
import type { Home } from './home.ts';

/**
 * Opens the home, or null where there is none yet. What is only looked at must not make one. Throws
 * as openHome does.
 */
export async function openIfThere(context: Context): Promise<Home | null> {
  try {
    return await context.openHome();
  } catch (error) {
    if (error instanceof NoHomeError) {
      return null;
    }
    throw error;
  }
}
