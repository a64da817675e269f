using System.Diagnostics;

namespace GpuVae.Detection;

/// <content>A detector as one file.</content>
public sealed partial class AnomalyDetector
{
    /// <summary>The version of the file's layout, in its metadata as <c>detector_version</c>.</summary>
    public const int FileVersion = DetectorFile.Version;

    /// <summary>
    /// Writes the detector as one file, whole or not at all: a safetensors file with the parameters, and with
    /// configuration, pipeline,
    /// column names, threshold and calibration in its metadata, under checksums.
    /// </summary>
    /// <param name="path">The file; one of that name is replaced.</param>
    /// <exception cref="UserException">The file cannot be written; an old one is as it was.</exception>
    public void Save(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        DetectorFile.Write(path, _model, _state);
    }

    /// <summary>Reads a detector that <see cref="Save"/> has written; it scores every row to the bit as the one that
    /// was saved.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DetectorFileException">
    /// The file cannot be read, is damaged, holds something else, or was written by a later version.
    /// </exception>
    public static AnomalyDetector Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        using Activity? activity = DetectorTelemetry.Activities.StartActivity("load");
        (DetectorModel model, DetectorState state) = DetectorFile.Read(path);
        return new AnomalyDetector(model, state);
    }
}
