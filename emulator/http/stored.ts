/** Whether the log of changes kept a write. */

/** Waits for the log. False if it could not keep the write; then nothing stays applied. */
export async function isStored(stored: Promise<void> | undefined): Promise<boolean> {
  try {
    await stored
    return true
  } catch {
    return false
  }
}
