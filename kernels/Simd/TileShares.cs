namespace GpuVae.Kernels.Simd;

/// <summary>Shares of a product's tiles with equally many multiply-adds: the last panel may be narrow, and the last rows few.</summary>
/// <param name="groupPanels">Panels of a group.</param>
/// <param name="blocks">Blocks of rows, a tile in each panel.</param>
/// <param name="panelVectors">Vectors of a panel.</param>
/// <param name="vectors">Vectors of all panels.</param>
/// <param name="workers">How many share.</param>
internal readonly struct TileShares(int groupPanels, int blocks, int panelVectors, int vectors, int workers) : IShares
{
    public int Begin(int worker)
    {
        long work = (long)vectors * blocks * worker / workers;
        int groupVectors = groupPanels * panelVectors;
        int group = (int)(work / ((long)groupVectors * blocks));
        int width = Math.Min(groupVectors, vectors - (group * groupVectors));
        int panels = Product.TileCount(width, panelVectors);
        long within = (work - ((long)group * groupVectors * blocks)) * panels / width;
        return (int)(((long)group * groupPanels * blocks) + within);
    }
}
