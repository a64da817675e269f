namespace GpuVae.Data;

/// <summary>Images to train with and images to judge by, all of one size.</summary>
/// <param name="Name">A short name for tables and run folders: <c>mnist</c>, or the name of the folder.</param>
/// <param name="Train">The images that training sees.</param>
/// <param name="Test">The images that training never sees.</param>
public sealed record Dataset(string Name, ImageSet Train, ImageSet Test);
