using ILGPU.Runtime.Cuda;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>From the sums in registers to shared memory, where any thread may read them.</summary>
internal static class TensorSums
{
    private const string Start = "add.u32 address, slices, %0; ";

    /// <summary>Stores a lane's two columns of each 16 × 8 fragment, for one of its rows.</summary>
    /// <param name="rowGroup">Which of the warp's groups of 8 rows: a constant.</param>
    /// <param name="offset">Bytes from the start of shared memory to the lane's first element of that row.</param>
    /// <param name="isLarge">True where a row has 8 fragments instead of 4.</param>
    public static void StoreRow(int rowGroup, int offset, bool isLarge)
    {
        switch (rowGroup)
        {
            case 0:
                CudaAsm.Emit(
                    Start +
                    "st.shared.v2.f32 [address], {sum0, sum1}; " +
                    "st.shared.v2.f32 [address+32], {sum4, sum5}; " +
                    "st.shared.v2.f32 [address+64], {sum8, sum9}; " +
                    "st.shared.v2.f32 [address+96], {sum12, sum13};",
                    offset);
                if (isLarge)
                {
                    CudaAsm.Emit(
                        "st.shared.v2.f32 [address+128], {sum16, sum17}; " +
                        "st.shared.v2.f32 [address+160], {sum20, sum21}; " +
                        "st.shared.v2.f32 [address+192], {sum24, sum25}; " +
                        "st.shared.v2.f32 [address+224], {sum28, sum29};");
                }
                break;
            case 1:
                CudaAsm.Emit(
                    Start +
                    "st.shared.v2.f32 [address], {sum2, sum3}; " +
                    "st.shared.v2.f32 [address+32], {sum6, sum7}; " +
                    "st.shared.v2.f32 [address+64], {sum10, sum11}; " +
                    "st.shared.v2.f32 [address+96], {sum14, sum15};",
                    offset);
                if (isLarge)
                {
                    CudaAsm.Emit(
                        "st.shared.v2.f32 [address+128], {sum18, sum19}; " +
                        "st.shared.v2.f32 [address+160], {sum22, sum23}; " +
                        "st.shared.v2.f32 [address+192], {sum26, sum27}; " +
                        "st.shared.v2.f32 [address+224], {sum30, sum31};");
                }
                break;
            case 2:
                CudaAsm.Emit(
                    Start +
                    "st.shared.v2.f32 [address], {sum32, sum33}; " +
                    "st.shared.v2.f32 [address+32], {sum36, sum37}; " +
                    "st.shared.v2.f32 [address+64], {sum40, sum41}; " +
                    "st.shared.v2.f32 [address+96], {sum44, sum45};",
                    offset);
                if (isLarge)
                {
                    CudaAsm.Emit(
                        "st.shared.v2.f32 [address+128], {sum48, sum49}; " +
                        "st.shared.v2.f32 [address+160], {sum52, sum53}; " +
                        "st.shared.v2.f32 [address+192], {sum56, sum57}; " +
                        "st.shared.v2.f32 [address+224], {sum60, sum61};");
                }
                break;
            case 3:
                CudaAsm.Emit(
                    Start +
                    "st.shared.v2.f32 [address], {sum34, sum35}; " +
                    "st.shared.v2.f32 [address+32], {sum38, sum39}; " +
                    "st.shared.v2.f32 [address+64], {sum42, sum43}; " +
                    "st.shared.v2.f32 [address+96], {sum46, sum47};",
                    offset);
                if (isLarge)
                {
                    CudaAsm.Emit(
                        "st.shared.v2.f32 [address+128], {sum50, sum51}; " +
                        "st.shared.v2.f32 [address+160], {sum54, sum55}; " +
                        "st.shared.v2.f32 [address+192], {sum58, sum59}; " +
                        "st.shared.v2.f32 [address+224], {sum62, sum63};");
                }
                break;
            case 4:
                CudaAsm.Emit(
                    Start +
                    "st.shared.v2.f32 [address], {sum64, sum65}; " +
                    "st.shared.v2.f32 [address+32], {sum68, sum69}; " +
                    "st.shared.v2.f32 [address+64], {sum72, sum73}; " +
                    "st.shared.v2.f32 [address+96], {sum76, sum77};",
                    offset);
                if (isLarge)
                {
                    CudaAsm.Emit(
                        "st.shared.v2.f32 [address+128], {sum80, sum81}; " +
                        "st.shared.v2.f32 [address+160], {sum84, sum85}; " +
                        "st.shared.v2.f32 [address+192], {sum88, sum89}; " +
                        "st.shared.v2.f32 [address+224], {sum92, sum93};");
                }
                break;
            case 5:
                CudaAsm.Emit(
                    Start +
                    "st.shared.v2.f32 [address], {sum66, sum67}; " +
                    "st.shared.v2.f32 [address+32], {sum70, sum71}; " +
                    "st.shared.v2.f32 [address+64], {sum74, sum75}; " +
                    "st.shared.v2.f32 [address+96], {sum78, sum79};",
                    offset);
                if (isLarge)
                {
                    CudaAsm.Emit(
                        "st.shared.v2.f32 [address+128], {sum82, sum83}; " +
                        "st.shared.v2.f32 [address+160], {sum86, sum87}; " +
                        "st.shared.v2.f32 [address+192], {sum90, sum91}; " +
                        "st.shared.v2.f32 [address+224], {sum94, sum95};");
                }
                break;
            case 6:
                CudaAsm.Emit(
                    Start +
                    "st.shared.v2.f32 [address], {sum96, sum97}; " +
                    "st.shared.v2.f32 [address+32], {sum100, sum101}; " +
                    "st.shared.v2.f32 [address+64], {sum104, sum105}; " +
                    "st.shared.v2.f32 [address+96], {sum108, sum109};",
                    offset);
                if (isLarge)
                {
                    CudaAsm.Emit(
                        "st.shared.v2.f32 [address+128], {sum112, sum113}; " +
                        "st.shared.v2.f32 [address+160], {sum116, sum117}; " +
                        "st.shared.v2.f32 [address+192], {sum120, sum121}; " +
                        "st.shared.v2.f32 [address+224], {sum124, sum125};");
                }
                break;
            case 7:
                CudaAsm.Emit(
                    Start +
                    "st.shared.v2.f32 [address], {sum98, sum99}; " +
                    "st.shared.v2.f32 [address+32], {sum102, sum103}; " +
                    "st.shared.v2.f32 [address+64], {sum106, sum107}; " +
                    "st.shared.v2.f32 [address+96], {sum110, sum111};",
                    offset);
                if (isLarge)
                {
                    CudaAsm.Emit(
                        "st.shared.v2.f32 [address+128], {sum114, sum115}; " +
                        "st.shared.v2.f32 [address+160], {sum118, sum119}; " +
                        "st.shared.v2.f32 [address+192], {sum122, sum123}; " +
                        "st.shared.v2.f32 [address+224], {sum126, sum127};");
                }
                break;
        }
    }
}
