// The data, and the run that is shown in detail.
let data = JSON.parse(byId("data").textContent);
let map = null;

async function show(run) {
  showHead(run);
  showEpochs(run);
  showCurves(run);
  await load(run, data.served);
  showDetector(run);
  showUnits(run);
  showDecoder(run);
  byId("map").hidden = !run.map;
  map = run.map ? new LatentMap(run) : null;
  page.run = run;
  page.map = map;
  page.detector = detector;
}

// For scripts and tests: the data, and what the decoder of the run shown makes of a code, in the model's numbers, in pixels or on the page.
const page = {
  get data() { return data; }, labelsOf, run: null, map: null, detector: null, ready: null,
  decode: code => page.run.network.decode(code),
  setCode: code => live.setCode(code),
  pixels: code => toPixels(page.run, page.run.network.decode(code)),
};
globalThis.gpuvae = page;

byId("made").textContent = `Made by gpuvae report, ${data.made_by}. The numbers are JSON in the element "data" of this page, ${data.schema} version ${data.version}.`;
labels = labelsOf(data);
if (data.runs.length > 1) {
  byId("choose-run").hidden = false;
  byId("run").append(...data.runs.map((_, i) => make("option", { value: i }, labelled(i))));
  byId("run").addEventListener("change", () => { page.ready = show(data.runs[byId("run").value]); });
}
enableCopy("copy", "again");
enableCopy("copy-detect", "detect");
enablePlay();
showComparison(data);
page.ready = show(data.runs[0]);
if (data.served === "training") {
  follow(async newer => {
    const looked = shownEpochs[byId("epoch").value], isLast = looked === shownEpochs.at(-1);
    data = newer;
    page.ready = show(data.runs[0]);
    await page.ready;
    // Who looks at an epoch of before goes on looking at it.
    if (looked !== undefined && !isLast)
      showEpochNear(looked);
  });
}

let resized = null;
addEventListener("resize", () => {
  clearTimeout(resized);
  resized = setTimeout(() => {
    map?.place();
    detector?.place();
  }, 100);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  map?.draw();
  live?.draw();
});
