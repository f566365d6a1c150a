"use strict";

// Curves: <div data-curve="id of its json_script">, and two overlaid: <div data-curves="id" data-names="a|b">.
// On a draft the knots are dragged, and the table beside it is what is sent: without this script it works alone.
(() => {
  const INK = "#3c4653", LINE = "#1b4f8f", OTHER = "#b35309", GRID = "#d5dae1", BOOK = "#c3ccd8";
  const SCALES = { "千": 1e3, "万": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8 };
  const WHOLE = ["days", "times", "rating", "index"];

  // What is typed, as the axis counts it; only for drawing: the server reads the text itself.
  const number = (text) => {
    const plain = text.normalize("NFKC").replace(/[\s,¥$€%]/g, "").replace("−", "-");
    const match = /^([-+]?\d*\.?\d+)(百万|千万|千|万|亿)?$/.exec(plain);
    return match ? Number(match[1]) * (SCALES[match[2]] || 1) : NaN;
  };

  const path = ({ shape, knots }, [low, high]) => {
    if (!knots.length) return [];
    const points = [[Math.min(low, knots[0][0]), shape === "bands" ? 0 : knots[0][1]]];
    knots.forEach(([x, y]) => {
      if (shape === "bands") points.push([x, points.at(-1)[1]]);
      points.push([x, y]);
    });
    points.push([Math.max(high, knots.at(-1)[0]), knots.at(-1)[1]]);
    return points;
  };

  const range = (all, histogram) => {
    const at = [...all.flatMap(({ knots }) => knots.map(([x]) => x)), ...histogram.flatMap(([from, to]) => [from, to])];
    const low = Math.min(...at), high = Math.max(...at), margin = (high - low || 1) * 0.05;
    const first = low >= 0 && low - margin < 0 && !histogram.some(([from]) => from < 0) ? 0 : low - margin;
    return [first, high + margin];
  };

  const nice = (size) => {
    const power = 10 ** Math.floor(Math.log10(size));
    return power * [1, 2, 5, 10].find((each) => each * power >= size * 0.999);
  };
  const stepOf = ([low, high], unit) => {
    const step = nice((high - low) / 200);
    return WHOLE.includes(unit) ? Math.max(1, Math.round(step)) : Math.max(step, 0.01);
  };
  const written = (value) => String(Number(value.toFixed(2)));

  const zh = document.documentElement.lang.startsWith("zh");
  const short = (value) => {
    const size = Math.abs(value);
    if (zh) return size >= 1e8 ? `${value / 1e8}亿` : size >= 1e4 ? `${value / 1e4}万` : written(value);
    return size >= 1e6 ? `${written(value / 1e6)}M` : size >= 1e4 ? `${written(value / 1e3)}K` : written(value);
  };
  const label = (unit) => (value) => (unit === "fen" ? `¥${short(value)}` : unit === "bp" ? `${written(value)}%` : written(value));

  const axes = (unit, [min, max]) => ({
    xAxis: { type: "value", min, max, axisLabel: { color: INK, formatter: label(unit), hideOverlap: true, showMinLabel: false, showMaxLabel: false }, splitLine: { show: false } },
    yAxis: [
      { type: "value", min: 0, max: 100, axisLabel: { color: INK }, splitLine: { lineStyle: { color: GRID } } },
      { type: "value", min: 0, show: false },
    ],
    grid: { left: 46, right: 18, top: 18, bottom: 30 },
  });

  const area = (histogram) => ({
    type: "line", yAxisIndex: 1, silent: true, symbol: "none", z: 1, lineStyle: { width: 0 }, areaStyle: { color: BOOK, opacity: 0.75 },
    data: histogram.flatMap(([from, to, count]) => [[from, 0], [from, count], [to, count], [to, 0]]),
  });

  const start = (box) => {
    const chart = echarts.init(box, null, { renderer: "svg" });
    chart.setOption({ animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily } });
    return chart;
  };

  const overlaid = (box) => {
    const { unit, curves } = JSON.parse(document.getElementById(box.dataset.curves).textContent);
    const names = box.dataset.names.split("|"), there = curves.filter(Boolean), across = range(there, []);
    const chart = start(box);
    chart.setOption({
      ...axes(unit, across),
      legend: { top: 0, textStyle: { color: INK } },
      series: curves.map((curve, n) => ({
        name: names[n], type: "line", symbol: "none", data: path(curve, across), itemStyle: { color: [OTHER, LINE][n] },
        lineStyle: { color: [OTHER, LINE][n], width: 2.5, type: ["dashed", "solid"][n] },
      })),
    });
    return chart;
  };

  const single = (box) => {
    const drawing = JSON.parse(document.getElementById(box.dataset.curve).textContent);
    const form = document.querySelector("[data-curve-form]");
    const chart = start(box);
    let histogram = [], across = range([drawing], []), step = stepOf(across, drawing.unit);

    const rows = () => (form ? [...form.querySelectorAll(".knots-table tbody tr")] : []);
    const field = (row, name) => row.querySelector(`[name=${name}]`);
    const typed = () => rows().map((row) => ({ row, x: number(field(row, "at").value), y: number(field(row, "points").value) }))
      .filter(({ x, y }) => Number.isFinite(x) && y >= 0 && y <= 100).sort((a, b) => a.x - b.x);
    const current = () => (form ? { shape: form.elements.shape.value, knots: typed().map(({ x, y }) => [x, y]) } : drawing);

    const line = () => {
      const curve = current();
      return { type: "line", symbol: form ? "none" : "circle", symbolSize: 8, z: 3, data: path(curve, across), lineStyle: { color: LINE, width: 2.5 }, itemStyle: { color: LINE } };
    };
    const place = (knot) => {
      const [x, y] = chart.convertToPixel("grid", [knot.x, knot.y]);
      return { x, y };
    };
    const handles = () => (form ? typed() : []).map((knot, n, all) => ({
      id: `knot${n}`, type: "circle", shape: { r: 10 }, ...place(knot), draggable: true, z: 100,
      style: { fill: "#fff", stroke: LINE, lineWidth: 3 }, cursor: "move",
      ondrag() {
        const [x, y] = chart.convertFromPixel("grid", [this.x, this.y]);
        const low = n ? all[n - 1].x + step : -Infinity, high = n < all.length - 1 ? all[n + 1].x - step : Infinity;
        knot.x = Math.min(Math.max(Math.round(x / step) * step, low, across[0]), high, across[1]);
        knot.y = Math.min(Math.max(Math.round(y), 0), 100);
        field(knot.row, "at").value = written(knot.x);
        field(knot.row, "points").value = written(knot.y);
        chart.setOption({ series: [area(histogram), line()] });
      },
      ondragend: () => draw(),
    }));
    const draw = () => {
      across = range([current().knots.length ? current() : drawing], histogram);
      step = stepOf(across, drawing.unit);
      chart.setOption({ ...axes(drawing.unit, across), series: [area(histogram), line()] });
      chart.setOption({ graphic: handles() }, { replaceMerge: ["graphic"] });
    };
    draw();

    const take = () => {
      const source = document.getElementById("histogram");
      if (source) { histogram = JSON.parse(source.textContent); draw(); }
    };
    document.addEventListener("htmx:afterSettle", take);
    if (!form) return Object.assign(chart, { redraw: draw });

    form.addEventListener("input", draw);
    form.addEventListener("keydown", (event) => {
      const way = { ArrowUp: 1, ArrowDown: -1 }[event.key], name = event.target.name;
      if (!way || !["at", "points"].includes(name)) return;
      const value = number(event.target.value);
      if (!Number.isFinite(value)) return;
      event.preventDefault();
      const size = (name === "at" ? step : 1) * (event.shiftKey ? 10 : 1);
      const moved = value + way * size;
      event.target.value = written(name === "points" ? Math.min(Math.max(moved, 0), 100) : moved);
      draw();
    });
    form.querySelectorAll("[data-spare]").forEach((row) => row.remove());
    const spare = () => form.querySelectorAll("[data-remove-knot]").forEach((button) => { button.hidden = rows().length < 2; });
    const add = form.querySelector("[data-add-knot]");
    add.hidden = false;
    add.addEventListener("click", () => {
      const last = rows().at(-1), row = last.cloneNode(true), knots = typed();
      row.querySelectorAll(".invalid-feedback").forEach((each) => each.remove());
      row.querySelectorAll("input").forEach((each) => each.classList.remove("is-invalid"));
      row.querySelectorAll("[aria-label]").forEach((each) => { each.setAttribute("aria-label", each.getAttribute("aria-label").replace(/\d+/, String(rows().length + 1))); });
      last.after(row);
      const end = knots.at(-1);
      field(row, "at").value = end ? written(end.x + nice((across[1] - across[0]) / 20)) : "";
      field(row, "points").value = end ? written(end.y) : "";
      spare(); draw(); field(row, "at").focus(); field(row, "at").select();
    });
    form.addEventListener("click", (event) => {
      const button = event.target.closest("[data-remove-knot]");
      if (!button || rows().length < 2) return;
      const next = button.closest("tr").nextElementSibling || button.closest("tr").previousElementSibling;
      button.closest("tr").remove();
      spare(); draw(); field(next, "at").focus();
    });
    spare();
    return Object.assign(chart, { redraw: draw });
  };

  document.addEventListener("DOMContentLoaded", () => {
    if (typeof echarts === "undefined") return;
    document.querySelectorAll("[data-curve], [data-curves]").forEach((box) => {
      let chart;
      new ResizeObserver(() => {
        if (!box.clientWidth) return;
        if (!chart) { chart = box.dataset.curve ? single(box) : overlaid(box); return; }
        chart.resize();
        if (chart.redraw) chart.redraw();
      }).observe(box);
    });
  });
})();
