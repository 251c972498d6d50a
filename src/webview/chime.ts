/** Two tones a fifth apart, in hertz: rising for success, falling for failure. */
const tones = [523.25, 783.99];
/** Length of a tone, and its initial volume (1 is full volume). */
const seconds = 0.25;
const volume = 0.08;

/** Plays a short sound. Browsers mute it until the user has clicked or typed in the window. */
export async function chime(success: boolean): Promise<void> {
  const audio = new AudioContext();
  try {
    const volumes = audio.createGain();
    volumes.connect(audio.destination);
    const played = (success ? tones : tones.toReversed()).map((frequency, index) => {
      const at = audio.currentTime + index * seconds;
      const tone = new OscillatorNode(audio, { frequency });
      volumes.gain.setValueAtTime(volume, at);
      volumes.gain.exponentialRampToValueAtTime(volume / 100, at + seconds);
      tone.connect(volumes);
      tone.start(at);
      tone.stop(at + seconds);
      return new Promise((resolve) => tone.addEventListener('ended', resolve));
    });
    await Promise.all(played);
  } finally {
    await audio.close();
  }
}
