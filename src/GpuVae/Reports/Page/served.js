// A page that a program serves asks it for what the page does not hold.

// The model itself, where the program has it. Numbers are little-endian, as in every browser's arrays.
class ServedDecoder {
  async decode(code) {
    const begin = performance.now();
    const answer = await ask("decode", { method: "POST", body: Float32Array.from(code) });
    const values = new Float32Array(await answer.arrayBuffer());
    this.milliseconds = performance.now() - begin;
    return values;
  }
}

async function ask(what, options) {
  let answer;
  try {
    answer = await fetch(what, options);
  } catch {
    tell("The program that serves this page has ended: it shows what it had.");
    throw new Error("the program that serves this page has ended");
  }
  if (!answer.ok) {
    tell(`The program that serves this page says: ${(await answer.text()).slice(0, 300)}`);
    throw new Error(`${what}: ${answer.status}`);
  }
  return answer;
}

function tell(sentence) {
  byId("status").hidden = false;
  byId("status").textContent = sentence;
}

// Asks each second how far the training is, and for the data when they have changed.
async function follow(take) {
  for (let version = null, isOver = false; !isOver;) {
    try {
      const state = await (await ask("state")).json();
      tell(state.status);
      if (state.version !== version)
        await take(await (await ask("data")).json());
      version = state.version;
      isOver = state.over;
    } catch {
      return;
    }
    await new Promise(resolve => { setTimeout(resolve, 1000); });
  }
}
