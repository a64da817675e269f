namespace GpuVae.Tests.Support.Ptx;

/// <summary>A thread's registers, where it is, and the copies that it started.</summary>
internal sealed class PtxThread(int index, int registers)
{
    private readonly List<List<Action>> _groups = [];
    private List<Action> _started = [];

    public int Index { get; } = index;

    public ulong[] Registers { get; } = new ulong[registers];

    public int Next { get; set; }

    public bool IsDone { get; set; }

    public void Start(Action copy) => _started.Add(copy);

    public void Commit()
    {
        _groups.Add(_started);
        _started = [];
    }

    /// <summary>All groups of copies but the last so many arrive.</summary>
    public void Wait(int pending)
    {
        while (_groups.Count > pending)
        {
            foreach (Action copy in _groups[0])
                copy();
            _groups.RemoveAt(0);
        }
    }
}
