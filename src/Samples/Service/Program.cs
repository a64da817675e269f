using GpuVae.AspNetCore;
using GpuVae.Detection;
using Microsoft.AspNetCore.Builder;

// service train sensors.csv model.gpuvae   learns what is normal, once
// service model.gpuvae [--urls …]          answers requests; a model that is trained anew takes the place of the old one
if (args is ["train", string table, string file])
{
    using AnomalyDetector trained = AnomalyDetector.Train(table);
    trained.Save(file);
    Console.WriteLine($"{file}: {trained.Columns.Count} columns, threshold {trained.Threshold:F2}");
    return;
}

(string model, string[] rest) = args is [string path, .. string[] others] ? (path, others) : ("model.gpuvae", args);
WebApplicationBuilder builder = WebApplication.CreateBuilder(rest);
builder.Services.AddAnomalyDetector(model, options => options.MaxRows = 1000);

WebApplication app = builder.Build();
// POST /anomalies/score and the others, with an OpenAPI document of the model's columns.
app.MapAnomalyDetector("/anomalies");
// An answer of one's own: the lease keeps the detector while the request lasts.
app.MapGet("/columns", (AnomalyDetectorLease lease) => lease.Detector.Columns.Select(column => column.Name));
app.Run();
