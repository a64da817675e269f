// The pictures that training left, an epoch at a time.
const pictureNames = { reconstruction: "Originals and reconstructions", samples: "Draws of the prior", manifold: "The plane of codes" };
let shownEpochs = [], playing = null;

function showEpochs(run) {
  const kept = run.pictures.kept;
  shownEpochs = [...new Set(kept.map(picture => picture.epoch))];
  byId("epochs").hidden = kept.length === 0;
  if (kept.length === 0)
    return;
  const found = run.pictures.epochs_found;
  byId("epochs-hint").textContent = shownEpochs.length === found
    ? (found === 1 ? "One epoch has pictures." : `All ${whole(found)} epochs that have pictures.`)
    : `${whole(shownEpochs.length)} of ${whole(found)} epochs that have pictures, evenly, so that the page stays small; the others are in the run's images folder.`;
  const kinds = Object.keys(pictureNames).filter(kind => kept.some(picture => picture.kind === kind)).map(kind => ({
    kind, image: make("img", { alt: "" }), caption: make("figcaption", null, pictureNames[kind]),
  }));
  const [first, ...others] = kinds.map(({ image, caption }) => make("figure", null, image, caption));
  byId("epoch-first").replaceChildren(first);
  byId("epoch-others").replaceChildren(...others);
  const slider = byId("epoch");
  slider.max = shownEpochs.length - 1;
  slider.disabled = byId("play").disabled = shownEpochs.length < 2;
  slider.oninput = () => {
    const epoch = shownEpochs[slider.value];
    byId("epoch-name").textContent = `${epoch} of ${run.epochs_asked}`;
    slider.setAttribute("aria-valuetext", `epoch ${epoch}`);
    for (const { kind, image } of kinds) {
      const picture = kept.find(each => each.kind === kind && each.epoch === epoch);
      image.hidden = !picture;
      if (picture) {
        image.src = `data:image/png;base64,${picture.png}`;
        image.alt = `${pictureNames[kind]}, epoch ${epoch}`;
      }
    }
  };
  stopPlaying();
  slider.value = slider.max;
  slider.oninput();
}

// The epoch with pictures that is nearest to one of the curves.
function showEpochNear(epoch) {
  if (shownEpochs.length === 0)
    return;
  const nearest = shownEpochs.reduce((a, b) => (Math.abs(b - epoch) < Math.abs(a - epoch) ? b : a));
  byId("epoch").value = shownEpochs.indexOf(nearest);
  byId("epoch").oninput();
}

function stopPlaying() {
  clearInterval(playing);
  playing = null;
  byId("play").textContent = "Play";
}

function enablePlay() {
  byId("play").addEventListener("click", () => {
    if (playing !== null) {
      stopPlaying();
      return;
    }
    const slider = byId("epoch");
    if (slider.value === slider.max)
      slider.value = 0;
    else
      slider.value++;
    slider.oninput();
    byId("play").textContent = "Pause";
    playing = setInterval(() => {
      if (slider.value === slider.max) {
        stopPlaying();
        return;
      }
      slider.value++;
      slider.oninput();
    }, 350);
  });
}
